# PyTorch's recurrent layers, cells and cross-entropy, run and differentiated once each for
# test/layers/pytorch.test.ts; it draws the inputs, and knows nothing of the package.
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from writing import lines, made, write

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)


def sixteenths(*shape):
    return torch.randint(-24, 25, shape) / 16


def record(layer, x_shape, state_shape):
    """One run, and the gradients of Σ result · cotangent."""
    parameters = dict(layer.named_parameters())
    for p in parameters.values():
        p.data = sixteenths(*p.shape)
    x = sixteenths(*x_shape).requires_grad_()
    states = 'hc' if isinstance(layer, (nn.LSTM, nn.LSTMCell)) else 'h'
    state = {name: sixteenths(*state_shape).requires_grad_() for name in states}
    if isinstance(layer, nn.RNN):
        sixteenths(*state_shape)  # Drawn as for a c, which an RNN has not.

    result = layer(x, tuple(state.values()) if states == 'hc' else state['h'])
    output, final = result if x.dim() == 3 else (None, result)
    final = dict(zip(states, final if states == 'hc' else (final,)))
    results = final if output is None else {'output': output, **final}
    cotangents = {name: sixteenths(*value.shape) for name, value in results.items()}
    sum((value * cotangents[name]).sum() for name, value in results.items()).backward()
    return {
        'parameters': parameters,
        'x': x,
        'state': state,
        'cotangents': cotangents,
        **({} if output is None else {'output': output}),
        'final': final,
        'gradients': {k: v.grad for k, v in {'x': x, **state, **parameters}.items()},
    }


def sequence(kind, numLayers, bidirectional, bias):
    layer = kind(3, 2, numLayers, bias=bias, batch_first=True, bidirectional=bidirectional)
    options = {'numLayers': numLayers, 'bidirectional': bidirectional, 'bias': bias}
    directions = 2 if bidirectional else 1
    return {'options': options, **record(layer, (2, 3, 3), (numLayers * directions, 2, 2))}


def sequences(kind):
    return [sequence(kind, 2, True, True), sequence(kind, 1, False, False)]


def entropy():
    logits = (4 * sixteenths(2, 3, 5)).requires_grad_()
    targets = torch.tensor([[4, -100, 0], [2, 2, -100]])
    result = {'logits': logits, 'targets': targets, 'ignoreIndex': -100}
    for reduction in 'mean', 'sum', 'none':
        loss = cross_entropy(logits.movedim(-1, 1), targets, ignore_index=-100, reduction=reduction)
        gradient, = torch.autograd.grad(loss.sum(), logits)
        result[reduction] = {'loss': loss, 'gradient': gradient}
    return result


write(__file__, '../layers/pytorch.json', {
    'about': 'Reference values computed by PyTorch (CPU, float64). Weights, inputs and cotangents '
             'are random sixteenths; loss = sum of (result * cotangent).',
    'made': made(__file__, torch),
    'RNN': sequences(nn.RNN),
    'LSTM': sequences(nn.LSTM),
    'RNNCell': record(nn.RNNCell(3, 2), (2, 3), (2, 2)),
    'LSTMCell': record(nn.LSTMCell(3, 2), (2, 3), (2, 2)),
    'crossEntropy': entropy(),
}, lines)
