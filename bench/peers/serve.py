# Shared by the contenders in Python: reads the first weights and data, and answers contender.ts on
# standard input and output.
import json
import sys
import time


def read_workload(task):
    """The header, and the bytes that its entries describe."""
    with open(task) as header:
        workload = json.load(header)
    with open(task.replace('.json', '.bin'), 'rb') as file:
        return workload, bytearray(file.read())


def serve(body):
    """Runs `body`, which returns a number when it is done, as often as each line says."""
    print('ready', flush=True)
    for line in sys.stdin:
        losses, times = [], []
        for _ in range(int(line)):
            start = time.perf_counter()
            losses.append(body())
            times.append(1000 * (time.perf_counter() - start))
        print(json.dumps({'losses': losses, 'times': times}), flush=True)
