# Recurrent layers and cells, run and differentiated once each by PyTorch, for
# test/layers/recurrent: PyTorch's own ones, and variants that PyTorch lacks, written here for its
# autograd. It draws the inputs, and knows nothing of the package.
from itertools import combinations

import torch
from torch import nn
from torch.nn.functional import layer_norm
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from writing import lines, made, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(11)

N, T, D, H, P = 3, 3, 2, 3, 2


def sixteenths(*shape):
    return torch.randint(-24, 25, shape) / 16


def leaf(*shape):
    return sixteenths(*shape).requires_grad_()


def bits(*shape):
    return torch.randint(0, 2, shape).double()


def gradients(results, cotangents, inputs):
    """Of Σ result · cotangent."""
    loss = sum((value * cotangents[name]).sum() for name, value in results.items())
    return dict(zip(inputs, torch.autograd.grad(loss, list(inputs.values()))))


def cotangents_of(results):
    return {name: sixteenths(*value.shape) for name, value in results.items()}


# PyTorch's layers and cells.


def layer(kind, options, lengths=None, **named):
    """One run over (N, T, D); `named` is what PyTorch calls the options that are not common."""
    numLayers, both = options.get('numLayers', 1), options.get('bidirectional', False)
    module = kind(D, H, numLayers, bias=options.get('bias', True), bidirectional=both,
                  batch_first=True, **named)
    parameters = dict(module.named_parameters())
    for p in parameters.values():
        p.data = sixteenths(*p.shape)
    x = leaf(N, T, D)
    L = numLayers * (2 if both else 1)
    state = {'h': leaf(L, N, named.get('proj_size', H))}
    if kind is nn.LSTM:
        state['c'] = leaf(L, N, H)
    given = x if lengths is None else pack_padded_sequence(x, lengths, True, enforce_sorted=False)
    output, final = module(given, tuple(state.values()) if 'c' in state else state['h'])
    if lengths is not None:
        output, _ = pad_packed_sequence(output, True, total_length=T)
    final = dict(zip(state, final if 'c' in state else (final,)))
    results = {'output': output, **final}
    cotangents = cotangents_of(results)
    return {
        'options': options, **({} if lengths is None else {'lengths': lengths}),
        'parameters': parameters, 'x': x, 'state': state, 'cotangents': cotangents,
        'output': output, 'final': final,
        'gradients': gradients(results, cotangents, {'x': x, **state, **parameters}),
    }


def cell(kind, options, **named):
    """One step of a cell whose only state is h."""
    module = kind(D, H, **named)
    parameters = dict(module.named_parameters())
    for p in parameters.values():
        p.data = sixteenths(*p.shape)
    x, h = leaf(N, D), leaf(N, H)
    final = {'h': module(x, h)}
    cotangents = cotangents_of(final)
    return {
        'options': options, 'parameters': parameters, 'x': x, 'state': {'h': h},
        'cotangents': cotangents, 'final': final,
        'gradients': gradients(final, cotangents, {'x': x, 'h': h, **parameters}),
    }


def grus():
    return [
        layer(nn.GRU, {'numLayers': 2, 'bidirectional': True}),
        layer(nn.GRU, {'numLayers': 1, 'bias': False}),
        layer(nn.GRU, {'numLayers': 2, 'bidirectional': True}, lengths=[2, 3, 1]),
    ]


def relus():
    relu = {'nonlinearity': 'relu'}
    return [
        layer(nn.RNN, {**relu, 'numLayers': 2, 'bidirectional': True}, **relu),
        layer(nn.RNN, {**relu, 'numLayers': 1, 'bias': False}, lengths=[2, 3, 1], **relu),
    ]


def projected():
    return [
        layer(nn.LSTM, {'projSize': P, 'numLayers': 2, 'bidirectional': True}, proj_size=P),
        layer(nn.LSTM, {'projSize': P, 'numLayers': 2, 'bias': False}, lengths=[2, 3, 1],
              proj_size=P),
    ]


# Variants, by their steps: parameters, x (N, D), the state before and the masked h → the state
# after.


def gru_before(p, x, state, k):
    h = state['h']
    xr, xz, xn = (x @ p['weight_ih'].T + p['bias_ih']).chunk(3, 1)
    (Wr, Wz, Wn), (br, bz, bn) = p['weight_hh'].chunk(3), p['bias_hh'].chunk(3)
    r, z = torch.sigmoid(xr + k @ Wr.T + br), torch.sigmoid(xz + k @ Wz.T + bz)
    n = torch.tanh(xn + (r * k) @ Wn.T + bn)
    return {'h': n + z * (h - n)}


def gru_after(p, x, state, k):
    h = torch.gru_cell(x, k, p['weight_ih'], p['weight_hh'], p['bias_ih'], p['bias_hh'])
    # z ⊙ k of PyTorch's cell becomes z ⊙ h.
    z = torch.sigmoid(x @ p['weight_ih'][H:2 * H].T + p['bias_ih'][H:2 * H]
                      + k @ p['weight_hh'][H:2 * H].T + p['bias_hh'][H:2 * H])
    return {'h': h + z * (state['h'] - k)}


def lstm(peepholes=False, projSize=None, layerNorm=False, coupledGates=False, cellClip=None):
    """The step of an LSTM with these options, and the shapes of its parameters and states."""
    size, G = projSize or H, 3 if coupledGates else 4
    shapes = {'weight_ih': (G * H, D), 'weight_hh': (G * H, size), 'bias_ih': (G * H,),
              'bias_hh': (G * H,), 'h': (size,), 'c': (H,)}
    if peepholes:
        shapes |= {f'weight_c{gate}': (H,) for gate in ('fo' if coupledGates else 'ifo')}
    if projSize:
        shapes |= {'weight_hr': (size, H)}
    if layerNorm:
        shapes |= {'weight_ln_ih': (G * H,), 'weight_ln_hh': (G * H,), 'weight_ln_c': (H,),
                   'bias_ln_c': (H,)}

    def step(p, x, state, k):
        c = state['c']
        fromX, fromH = x @ p['weight_ih'].T, k @ p['weight_hh'].T
        if layerNorm:
            fromX = layer_norm(fromX, [G * H], p['weight_ln_ih'])
            fromH = layer_norm(fromH, [G * H], p['weight_ln_hh'])
        *i, f, g, o = (fromX + p['bias_ih'] + fromH + p['bias_hh']).chunk(G, 1)
        f = torch.sigmoid(f + p['weight_cf'] * c if peepholes else f)
        if coupledGates:
            i = 1 - f
        else:
            i = torch.sigmoid(i[0] + p['weight_ci'] * c if peepholes else i[0])
        c = f * c + i * g.tanh()
        if cellClip is not None:
            c = c.clamp(-cellClip, cellClip)
        o = torch.sigmoid(o + p['weight_co'] * c if peepholes else o)
        inner = layer_norm(c, [H], p['weight_ln_c'], p['bias_ln_c']) if layerNorm else c
        h = o * inner.tanh()
        return {'h': h @ p['weight_hr'].T if projSize else h, 'c': c}

    return step, shapes


def unrolled(what, step, shapes, options, masks=()):
    """
    A cell over two sequences (N, T, D), with every state after every step. Masks:
    recurrentDropout (N, size of h), zoneout of each state (N, T, ·), weightDrop like weight_hh.
    """
    N = 2
    parameters = {name: leaf(*shape) for name, shape in shapes.items() if name not in 'hc'}
    state = {name: leaf(N, *shapes[name]) for name in 'hc' if name in shapes}
    x = leaf(N, T, D)
    mask = {}
    if 'recurrentDropout' in masks:
        mask['recurrentDropout'] = 2 * bits(*state['h'].shape)
    if 'zoneout' in masks:
        mask['zoneout'] = {name: bits(N, T, s.shape[1]) for name, s in state.items()}
    if 'zoneout in evaluation' in masks:
        mask['zoneout'] = {name: torch.full((N, T, s.shape[1]), 0.25) for name, s in state.items()}
    if 'weightDrop' in masks:
        mask['weightDrop'] = 2 * bits(*shapes['weight_hh'])

    p = dict(parameters)
    if 'weightDrop' in mask:
        p['weight_hh'] = p['weight_hh'] * mask['weightDrop']
    now, steps = state, []
    for t in range(T):
        after = step(p, x[:, t], now, now['h'] * mask.get('recurrentDropout', 1))
        if 'zoneout' in mask:
            kept = {name: values[:, t] for name, values in mask['zoneout'].items()}
            after = {k: kept[k] * now[k] + (1 - kept[k]) * after[k] for k in after}
        now = after
        steps.append(now)
    outputs = {name: torch.stack([one[name] for one in steps], 1) for name in state}
    dOutputs, dLast = cotangents_of(outputs), cotangents_of(now)
    results = {**outputs, **{f'last {k}': v for k, v in now.items()}}
    cotangents = {**dOutputs, **{f'last {k}': v for k, v in dLast.items()}}
    return {
        'cell': what, 'options': options, 'masks': mask, 'parameters': parameters, 'x': x,
        'state': state, 'cotangents': {'outputs': dOutputs, 'last': dLast}, 'outputs': outputs,
        'gradients': gradients(results, cotangents, {'x': x, **state, **parameters}),
    }


def rnn_variant(nonlinearity, masks):
    def step(p, x, state, k):
        z = x @ p['weight_ih'].T + p['bias_ih'] + k @ p['weight_hh'].T + p['bias_hh']
        return {'h': getattr(torch, nonlinearity)(z)}

    return unrolled('RNN', step, RNN, {'nonlinearity': nonlinearity}, masks)


def lstm_variant(options, masks=()):
    return unrolled('LSTM', *lstm(**options), options, masks)


RNN = {'weight_ih': (H, D), 'weight_hh': (H, H), 'bias_ih': (H,), 'bias_hh': (H,), 'h': (H,)}
GRU = {'weight_ih': (3 * H, D), 'weight_hh': (3 * H, H), 'bias_ih': (3 * H,), 'bias_hh': (3 * H,),
       'h': (H,)}


ALL = {'peepholes': True, 'projSize': P, 'layerNorm': True, 'coupledGates': True, 'cellClip': 0.5}
# Each option alone, each pair, and all.
LSTMS = [*({name: ALL[name]} for name in ALL),
         *({one: ALL[one], other: ALL[other]} for one, other in combinations(ALL, 2)), ALL]


def variants():
    before, after = {'resetAfter': False}, {'resetAfter': True}
    return [
        unrolled('GRU', gru_before, GRU, before),
        unrolled('GRU', gru_before, GRU, before, ('recurrentDropout', 'zoneout')),
        unrolled('GRU', gru_after, GRU, after, ('recurrentDropout', 'zoneout in evaluation')),
        unrolled('GRU', gru_after, GRU, after, ('weightDrop',)),
        *map(lstm_variant, LSTMS),
        lstm_variant({}, ('recurrentDropout', 'zoneout', 'weightDrop')),
        lstm_variant({}, ('zoneout in evaluation',)),
        lstm_variant(ALL, ('recurrentDropout', 'zoneout', 'weightDrop')),
        lstm_variant(ALL, ('zoneout in evaluation',)),
        rnn_variant('tanh', ('recurrentDropout', 'zoneout', 'weightDrop')),
        rnn_variant('relu', ('recurrentDropout', 'zoneout')),
    ]


write(__file__, '../layers/recurrent/pytorch.json', {
    'about': 'Reference values computed by PyTorch (CPU, float64). Weights, inputs and cotangents '
             'are random sixteenths; loss = sum of (result * cotangent).',
    'made': made(__file__, torch),
    'GRU': grus(),
    'RNN': relus(),
    'LSTM': projected(),
    'cells': {
        'GRUCell': cell(nn.GRUCell, {}),
        'RNNCell': cell(nn.RNNCell, {'nonlinearity': 'relu'}, nonlinearity='relu'),
    },
    'variants': variants(),
}, lines)
