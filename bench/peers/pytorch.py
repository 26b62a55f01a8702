# The same training step in PyTorch: `python pytorch.py fused|primitives TASK THREADS`, with
# nn.LSTM, nn.GRU or nn.RNN, or with an LSTM composed of recorded ops. And its ops: tiny ones, and a
# chain on many numbers.
import math
import sys

import torch
from serve import read_workload, serve
from torch import nn

variant, task, threads = sys.argv[1:]
torch.set_num_threads(int(threads))


class Primitives(nn.Module):
    """One layer, its input's projection hoisted out of the loop; parameters named and shaped as nn.LSTM's."""

    def __init__(self, D, H):
        super().__init__()
        self.weight_ih_l0 = nn.Parameter(torch.empty(4 * H, D))
        self.weight_hh_l0 = nn.Parameter(torch.empty(4 * H, H))
        self.bias_ih_l0 = nn.Parameter(torch.empty(4 * H))
        self.bias_hh_l0 = nn.Parameter(torch.empty(4 * H))

    def forward(self, x):
        zx = x.transpose(0, 1) @ self.weight_ih_l0.t() + (self.bias_ih_l0 + self.bias_hh_l0)
        weight = self.weight_hh_l0.t()
        h = c = x.new_zeros(x.shape[0], weight.shape[0])
        hs = []
        for z in zx.unbind(0):
            i, f, g, o = (z + h @ weight).chunk(4, 1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            hs.append(h)
        return torch.stack(hs, 1), None


class Model(nn.Module):
    def __init__(self, cell, V, D, H):
        super().__init__()
        self.embedding = nn.Embedding(V, D)
        layer = getattr(nn, cell)
        self.recurrent = layer(D, H, batch_first=True) if variant == 'fused' else Primitives(D, H)
        self.readOut = nn.Linear(H, V)

    def forward(self, x):
        return self.readOut(self.recurrent(self.embedding(x))[0])


def training_step():
    workload, numbers = read_workload(task)
    tensors = {}
    for entry in workload['tensors']:
        shape, dtype = entry['shape'], getattr(torch, entry['dtype'])
        raw = torch.frombuffer(numbers, dtype=dtype, count=math.prod(shape), offset=entry['offset'])
        tensors[entry['name']] = raw.reshape(shape)
    x, y = tensors.pop('x').long(), tensors.pop('y').long()
    sizes = workload['sizes']
    model = Model(workload['cell'], sizes['V'], sizes['D'], sizes['H'])
    model.load_state_dict(tensors)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)

    def step():
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten())
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def tiny_ops(walked):
    x = torch.tensor([1.0, 2, 3, 4], requires_grad=True)
    b = torch.tensor([1.0, 2, 3, 4])

    def add():
        for _ in range(1000):
            x.add(b)
        return 0

    def chain():
        y = x
        for _ in range(1000):
            y = y.add(b)
        loss = y.sum()
        loss.backward()
        x.grad = None
        return loss.item()

    return chain if walked else add


def elementwise():
    x = torch.linspace(-3, 3, 1_000_000, requires_grad=True)
    g = torch.ones(1_000_000)

    def step():
        y = x.square().mul(x).mul(0.044715).add(x).mul(0.797884).tanh().add(1).mul(x)
        y.backward(g)
        value = y[700_000].item() + x.grad[700_000].item()
        x.grad = None
        return value

    return step


if task == 'elementwise':
    serve(elementwise())
else:
    serve(tiny_ops(task == 'chain') if task in ('add', 'chain') else training_step())
