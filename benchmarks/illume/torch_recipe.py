"""The vectorised plain recipe in torch, as a cost baseline. Run by a Python that has torch; prints one JSON line.

Every slope is formed; the Jacobian term is estimated with random unit vectors in latent space by vector-Jacobian
products whose graph is kept, all projections of a minibatch one after the other, as published.
"""

from __future__ import annotations

import argparse
import json
import resource
import time


def main() -> None:
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=600)
    parser.add_argument("--genes", type=int, default=1000)
    parser.add_argument("--latents", type=int, default=96)
    parser.add_argument("--projections", type=int, default=15)
    parser.add_argument("--batches", type=int, default=2, help="minibatches timed; the epoch is scaled from them")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    n, m, k, b = args.lines, args.genes, args.latents, 64
    r = int(m**0.5)
    x_all = torch.randn(n, m)
    p_all = torch.softmax(torch.randn(n, 3), 1)
    maps = torch.nn.Parameter((torch.rand(k, r, m) * 2 - 1) / m**0.5)
    shared = torch.nn.Parameter((torch.rand(m, r) * 2 - 1) / r**0.5)
    bias = torch.nn.Parameter((torch.rand(m) * 2 - 1) / r**0.5)
    adam = torch.optim.Adam([maps, shared, bias], lr=1e-3)

    def kernel(distance):
        return torch.log_softmax(-(distance**2) / 2, dim=1)

    def divergence(log_p, log_q):
        return torch.nn.functional.kl_div(log_q, log_p, log_target=True, reduction="batchmean")

    def step(index):
        x = x_all[index].requires_grad_(True)
        hidden = torch.einsum("bm,krm->bkr", x, maps)
        raw = hidden @ shared.T + bias
        w = raw / raw.norm(dim=2, keepdim=True)
        z = (w * x[:, None, :]).sum(2)
        unit_x, unit_z = x / x.norm(dim=1, keepdim=True), z / z.norm(dim=1, keepdim=True)
        flat = w.reshape(len(x), -1)
        log_x, log_z = kernel(1 - unit_x @ unit_x.T), kernel(1 - unit_z @ unit_z.T)
        log_w = kernel(1 - flat @ flat.T / k)
        log_y = kernel(torch.cdist(p_all[index], p_all[index]))
        loss = divergence(log_x.detach(), log_z) + divergence(log_z, log_w) + divergence(log_y, log_z)
        total = 0.0
        for _ in range(args.projections):
            v = torch.randn(len(x), k)
            v = v / v.norm(dim=1, keepdim=True)
            pulled = torch.autograd.grad(z, x, v, create_graph=True, retain_graph=True)[0]
            linear = torch.einsum("bk,bkm->bm", v, w.detach())
            total = total + ((pulled - linear) ** 2).sum(1).mean()
        loss = loss + 0.1 * k * total / args.projections / (k * m)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return float(loss)

    step(torch.arange(b))  # warm-up
    start = time.process_time()
    for i in range(args.batches):
        step(torch.arange(i * b, (i + 1) * b))
    per_batch = (time.process_time() - start) / args.batches
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "m": m,
                "rank": r,
                "projections": args.projections,
                "cpu_s_per_epoch": per_batch * n / b,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
