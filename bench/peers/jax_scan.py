# The same training step in JAX: `python jax_scan.py TASK THREADS`, loss, gradients and Adam
# compiled as one program, the steps by lax.scan with the input's projection hoisted. And a chain of
# ops on many numbers, compiled.
import math
import os
import sys

task, threads = sys.argv[1:]
# XLA reads how many threads it may take when it starts.
os.environ['NPROC'] = threads
if threads == '1':
    os.environ['XLA_FLAGS'] = '--xla_cpu_multi_thread_eigen=false'
os.environ['JAX_PLATFORMS'] = 'cpu'

import jax
import numpy
from jax import lax
from jax import numpy as np
from serve import read_workload, serve


def lstm(zx, h, c, weight, bias):
    i, f, g, o = np.split(zx + h @ weight + bias, 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * np.tanh(g)
    return jax.nn.sigmoid(o) * np.tanh(c), c


def gru(zx, h, c, weight, bias):
    xr, xz, xn = np.split(zx, 3, axis=1)
    hr, hz, hn = np.split(h @ weight + bias, 3, axis=1)
    z = jax.nn.sigmoid(xz + hz)
    return (1 - z) * np.tanh(xn + jax.nn.sigmoid(xr + hr) * hn) + z * h, c


def rnn(zx, h, c, weight, bias):
    return np.tanh(zx + h @ weight + bias), c


def training_step():
    workload, numbers = read_workload(task)
    parameters = {}
    for entry in workload['tensors']:
        raw = numpy.frombuffer(numbers, entry['dtype'], math.prod(entry['shape']), entry['offset'])
        parameters[entry['name']] = np.array(raw.reshape(entry['shape']))
    x, y = parameters.pop('x'), parameters.pop('y')
    N, H = x.shape[0], workload['sizes']['H']
    cell = {'LSTM': lstm, 'GRU': gru, 'RNN': rnn}[workload['cell']]

    def loss(p):
        embedded = p['embedding.weight'][x.T]
        zx = embedded @ p['recurrent.weight_ih_l0'].T + p['recurrent.bias_ih_l0']
        weight, bias = p['recurrent.weight_hh_l0'].T, p['recurrent.bias_hh_l0']

        def step(state, zx_t):
            state = cell(zx_t, *state, weight, bias)
            return state, state[0]

        _, hs = lax.scan(step, (np.zeros((N, H)), np.zeros((N, H))), zx)
        logits = hs @ p['readOut.weight'].T + p['readOut.bias']
        return -np.take_along_axis(jax.nn.log_softmax(logits), y.T[..., None], -1).mean()

    def update(state):
        t, p, m, v = state
        t += 1
        value, g = jax.value_and_grad(loss)(p)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        rate, scale = 1e-3 / (1 - 0.9**t), 1 / (1 - 0.999**t)
        p = jax.tree.map(lambda p, m, v: p - rate * m / (np.sqrt(v * scale) + 1e-8), p, m, v)
        return value, (t, p, m, v)

    compiled = jax.jit(update, donate_argnums=0)
    zeros = jax.tree.map(np.zeros_like, parameters)
    state = (np.array(0.0), parameters, zeros, jax.tree.map(np.copy, zeros))

    def step():
        nonlocal state
        value, state = compiled(state)
        jax.block_until_ready(state)
        return value.item()

    return step


def elementwise():
    x = np.linspace(-3, 3, 1_000_000)
    g = np.ones(1_000_000)

    @jax.jit
    def both(x, g):
        y, back = jax.vjp(lambda x: (np.tanh((x * x * x * 0.044715 + x) * 0.797884) + 1) * x, x)
        return y, back(g)[0]

    def step():
        y, gradient = jax.block_until_ready(both(x, g))
        return y[700_000].item() + gradient[700_000].item()

    return step


serve(elementwise() if task == 'elementwise' else training_step())
