"""Scale and faults: kills, throughput, scaling laws."""
