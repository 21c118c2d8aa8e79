"""Many drugs on many processes or machines: a durable list of content-addressed tasks, and where they run."""

from agent.cluster.run import run_tasks
from agent.cluster.task import Outcome, Task, TaskResult, task_function

__all__ = ["Outcome", "Task", "TaskResult", "run_tasks", "task_function"]
