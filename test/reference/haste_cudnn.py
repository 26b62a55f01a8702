# Recurrent layers of haste, and Keras's CuDNNLSTM and CuDNNGRU, with their weights in the layouts
# of these systems, for test/files/gates: forward only. cuDNN needs a GPU, and haste's package CUDA,
# so their published equations are computed here, by NumPy in float64. It draws the inputs, and
# knows nothing of the package.
#
# haste: frameworks/pytorch/lstm.py and gru.py of github.com/lmnt-com/haste 0.4.0, without zoneout
# and DropConnect. cuDNN: cudnnRNNMode_t and cudnnGetRNNWeightParams of its reference, and
# tensorflow/python/keras/layers/cudnn_recurrent.py for the order in which Keras hands it numbers.
import numpy as np

from writing import lines, made, write

random = np.random.default_rng(31)

N, T, D = 2, 3, 2


def sixteenths(*shape):
    return random.integers(-24, 25, shape) / 16


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def columns(x, G):
    return np.split(x, G, axis=-1)


def haste_lstm(x, kernel, recurrent_kernel, bias):
    h = c = np.zeros((N, len(recurrent_kernel)))
    for t in range(T):
        i, g, f, o = columns(x[:, t] @ kernel + h @ recurrent_kernel + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        yield h


def haste_gru(x, kernel, recurrent_kernel, bias, recurrent_bias):
    h = np.zeros((N, len(recurrent_kernel)))
    for t in range(T):
        xz, xr, xg = columns(x[:, t] @ kernel + bias, 3)
        hz, hr, hg = columns(h @ recurrent_kernel + recurrent_bias, 3)
        z, r = sigmoid(xz + hz), sigmoid(xr + hr)
        h = z * h + (1 - z) * np.tanh(xg + r * hg)
        yield h


def params_of(order, kernel, recurrent_kernel, bias):
    """The vector that Keras hands to cuDNN: its gates in cuDNN's order, by their numbers here."""
    G = len(order)
    W, R, b = columns(kernel, G), columns(recurrent_kernel, G), columns(bias, 2 * G)
    parts = [W[g] for g in order] + [R[g] for g in order]
    parts += [b[g] for g in order] + [b[G + g] for g in order]
    return np.concatenate([part.flatten() for part in parts])


def taken(params, *shapes):
    """What cudnnGetRNNWeightParams points to, one behind the other: rows are outputs."""
    at = 0
    for shape in shapes:
        size = int(np.prod(shape))
        yield params[at:at + size].reshape(shape)
        at += size
    assert at == len(params)


def cudnn_parts(order, x, weights):
    G, H, width = len(order), len(weights['recurrent_kernel']), x.shape[2]
    shapes = [(H, width)] * G + [(H, H)] * G + [(H,)] * (2 * G)
    parts = list(taken(params_of(order, **weights), *shapes))
    return [parts[k * G:(k + 1) * G] for k in range(4)]


def cudnn_lstm(x, **weights):
    (Wi, Wf, Wc, Wo), (Ri, Rf, Rc, Ro), (bWi, bWf, bWc, bWo), (bRi, bRf, bRc, bRo) = cudnn_parts(
        [0, 1, 2, 3], x, weights)
    h = c = np.zeros((N, len(Ri)))
    for t in range(T):
        v = x[:, t]
        i = sigmoid(v @ Wi.T + h @ Ri.T + bWi + bRi)
        f = sigmoid(v @ Wf.T + h @ Rf.T + bWf + bRf)
        o = sigmoid(v @ Wo.T + h @ Ro.T + bWo + bRo)
        c = f * c + i * np.tanh(v @ Wc.T + h @ Rc.T + bWc + bRc)
        h = o * np.tanh(c)
        yield h


def cudnn_gru(x, **weights):
    # Keras has z first, cuDNN r.
    (Wr, Wi, Wh), (Rr, Ri, Rh), (bWr, bWi, bWh), (bRr, bRi, bRh) = cudnn_parts(
        [1, 0, 2], x, weights)
    h = np.zeros((N, len(Rr)))
    for t in range(T):
        v = x[:, t]
        r = sigmoid(v @ Wr.T + h @ Rr.T + bWr + bRr)
        i = sigmoid(v @ Wi.T + h @ Ri.T + bWi + bRi)
        new = np.tanh(v @ Wh.T + r * (h @ Rh.T + bRh) + bWh)
        h = (1 - i) * new + i * h
        yield h


def haste_weights(kind, width, H):
    G = 4 if kind == 'LSTM' else 3
    both = {'recurrent_bias': sixteenths(G * H)} if kind == 'GRU' else {}
    return {'kernel': sixteenths(width, G * H), 'recurrent_kernel': sixteenths(H, G * H),
            'bias': sixteenths(G * H), **both}


def cudnn_weights(kind, width, H):
    G = 4 if kind == 'LSTM' else 3
    return {'kernel': sixteenths(width, G * H), 'recurrent_kernel': sixteenths(H, G * H),
            'bias': sixteenths(2 * G * H)}


HASTE = (haste_weights, {'LSTM': haste_lstm, 'GRU': haste_gru}, ('fw_layer', 'bw_layer'))
CUDNN = (cudnn_weights, {'LSTM': cudnn_lstm, 'GRU': cudnn_gru},
         ('forward_layer', 'backward_layer'))


def case(system, kind, widths, both=False):
    draw, run, names = system
    x = sixteenths(N, T, D)
    y, layers = x, []
    for H in widths:
        weights = [draw(kind, y.shape[2], H) for _ in range(2 if both else 1)]
        outputs = [np.stack(list(run[kind](y[:, ::step], **own)), axis=1)[:, ::step]
                   for step, own in zip([1, -1], weights)]
        y = np.concatenate(outputs, axis=-1)
        layers.append(dict(zip(names, weights)) if both else weights[0])
    return {'kind': kind, 'widths': widths, 'options': {'bidirectional': True} if both else {},
            'layers': layers, 'x': x, 'output': y}


def cases(system):
    return [case(system, kind, widths, both)
            for kind in ['LSTM', 'GRU']
            for widths, both in [([3], False), ([3, 2], False), ([2, 3], True)]]


write(__file__, '../files/gates/hasteCudnn.json', {
    'about': 'Recurrent layers one above the other, by the published equations of haste, and of '
             "cuDNN under Keras's layers, in float64 from states of 0: 'layers' are their weights "
             "as these systems hold them, 'widths' and 'options' those of the package's layer. "
             'Weights and inputs are random sixteenths.',
    'made': made(__file__, np),
    'haste': cases(HASTE),
    'cudnn': cases(CUDNN),
}, lines)
