# The documents' recurrent networks in plain NumPy, for test/documents: all gradients, and what the
# documents print, held to what their formulas give; it reads no document.
import json

import numpy as np

from writing import made, write


def softmax(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def at(x, t):
    return x[:, :, t]


def before(states, first):
    """The state before each step: first, and all but the last of states."""
    return np.concatenate([first[:, :, None], states[:, :, :-1]], axis=2)


def rnn(x, a0, parameters):
    """a⟨t⟩ = tanh(Waa a⟨t−1⟩ + Wax x⟨t⟩ + ba), ŷ⟨t⟩ = softmax(Wya a⟨t⟩ + by)"""
    Wax, Waa, Wya, ba, by = (parameters[name] for name in ('Wax', 'Waa', 'Wya', 'ba', 'by'))
    a = [a0]
    for t in range(x.shape[2]):
        a.append(np.tanh(Waa @ a[-1] + Wax @ at(x, t) + ba))
    y = [softmax(Wya @ a_next + by) for a_next in a[1:]]
    return np.stack(a[1:], axis=2), np.stack(y, axis=2)


def rnn_gradients(x, a0, parameters, da, carried=True):
    """Of Σ a · da. Not carried, as document 004 prints it: no gradient crosses a step."""
    Wax, Waa = parameters['Wax'], parameters['Waa']
    a, _ = rnn(x, a0, parameters)
    a_prev = before(a, a0)
    dx, dWax, dWaa, dba = map(np.zeros_like, (x, Wax, Waa, parameters['ba']))
    da_after = np.zeros_like(a0)
    for t in reversed(range(x.shape[2])):
        dtanh = (1 - at(a, t) ** 2) * (at(da, t) + da_after)
        dx[:, :, t] = Wax.T @ dtanh
        da_prev = Waa.T @ dtanh
        dWax += dtanh @ at(x, t).T
        dWaa += dtanh @ at(a_prev, t).T
        dba += dtanh.sum(axis=1, keepdims=True)
        if carried:
            da_after = da_prev
    return {'dx': dx, 'da0': da_prev, 'dWax': dWax, 'dWaa': dWaa, 'dba': dba}


def lstm(x, a0, parameters):
    """
    Γ = σ(W [a⟨t−1⟩; x⟨t⟩] + b) for f, i, o; c̃ = tanh(…); c⟨t⟩ = Γi c̃ + Γf c⟨t−1⟩, from zero;
    a⟨t⟩ = Γo tanh(c⟨t⟩); ŷ⟨t⟩ = softmax(Wy a⟨t⟩ + by). Returns a, ŷ, c and every step's gates.
    """
    a, c, gates = [a0], [np.zeros_like(a0)], []
    for t in range(x.shape[2]):
        joined = np.concatenate([a[-1], at(x, t)])
        z = {k: parameters[f'W{k}'] @ joined + parameters[f'b{k}'] for k in 'fico'}
        gate = {k: np.tanh(z[k]) if k == 'c' else sigmoid(z[k]) for k in 'fico'}
        c.append(gate['i'] * gate['c'] + gate['f'] * c[-1])
        a.append(gate['o'] * np.tanh(c[-1]))
        gates.append(gate)
    y = [softmax(parameters['Wy'] @ a_next + parameters['by']) for a_next in a[1:]]
    return *(np.stack(steps, axis=2) for steps in (a[1:], y, c[1:])), gates


def lstm_gradients(x, a0, parameters, da, carried=True):
    """Of Σ a · da. Not carried, as document 000 prints it: every step as if it were the last."""
    n_a = len(a0)
    a, _, c, gates = lstm(x, a0, parameters)
    a_prev, c_prev = before(a, a0), before(c, np.zeros_like(a0))
    dW = {k: np.zeros_like(parameters[f'W{k}']) for k in 'fico'}
    db = {k: np.zeros_like(parameters[f'b{k}']) for k in 'fico'}
    dx = np.zeros_like(x)
    da_after, dc_after = np.zeros_like(a0), np.zeros_like(a0)
    for t in reversed(range(x.shape[2])):
        f, i, g, o = (gates[t][k] for k in 'fico')
        da_next, memory = at(da, t) + da_after, np.tanh(at(c, t))
        dc_next = dc_after + da_next * o * (1 - memory ** 2)
        dz = {
            'f': dc_next * at(c_prev, t) * f * (1 - f),
            'i': dc_next * g * i * (1 - i),
            'c': dc_next * i * (1 - g ** 2),
            'o': da_next * memory * o * (1 - o),
        }
        joined = np.concatenate([at(a_prev, t), at(x, t)])
        for k in 'fico':
            dW[k] += dz[k] @ joined.T
            db[k] += dz[k].sum(axis=1, keepdims=True)
        djoined = sum(parameters[f'W{k}'].T @ dz[k] for k in 'fico')
        da_prev, dx[:, :, t] = djoined[:n_a], djoined[n_a:]
        if carried:
            da_after, dc_after = da_prev, dc_next * f
    weights = {f'dW{k}': dW[k] for k in 'fico'} | {f'db{k}': db[k] for k in 'fico'}
    return weights | {'dx': dx, 'da0': da_prev}


def ramp(end, *shape):
    return np.linspace(-end, end, int(np.prod(shape))).reshape(shape)


def ramps(shapes):
    return {name: ramp(1, *shape) for name, shape in shapes.items()}


def draws(random, shapes):
    return {name: random.randn(*shape) for name, shape in shapes.items()}


def prints(published, computed, apart=5e-9):
    """What a document prints, to 8 decimals; where its formulas give something else, it throws."""
    np.testing.assert_allclose(computed, published, rtol=0, atol=apart)
    return published


RNN = {'Wax': (5, 3), 'Waa': (5, 5), 'Wya': (2, 5), 'ba': (5, 1), 'by': (2, 1)}
# The order in which document 004 names its ramps.
RAMPS = {name: RNN[name] for name in ('Waa', 'Wax', 'Wya', 'ba', 'by')}
LSTM = {
    **{f'W{k}': (5, 8) for k in 'fico'},
    **{f'b{k}': (5, 1) for k in 'fico'},
    'Wy': (2, 5),
    'by': (2, 1),
}


def tanh_forward():
    x = ramp(0.5, 3, 4)
    published = np.array([
        [-0.46211716, -0.38770051, -0.30786199, -0.22343882],
        [-0.13552465, -0.04542327, 0.04542327, 0.13552465],
        [0.22343882, 0.30786199, 0.38770051, 0.46211716],
    ])
    return {'source': '004, section 1.1', 'input': {'x': x},
            'published': prints(published, np.tanh(x)), 'decimals': 8}


def softmax_forward():
    x = ramp(0.5, 3, 4)
    published = np.array([[0.22182884] * 4, [0.31911211] * 4, [0.45905905] * 4])
    return {'source': '004, section 1.2 (softmax over axis 0)', 'input': {'x': x},
            'published': prints(published, softmax(x)), 'decimals': 8}


def rnn_cell_forward():
    xt, a_prev, parameters = ramp(1, 3, 10), ramp(1, 5, 10), ramps(RAMPS)
    _, y = rnn(xt[:, :, None], a_prev, parameters)
    published = np.array([
        [0.01173649, 0.00919828, 0.00893178, 0.01089865, 0.01526617,
         0.02177653, 0.02945747, 0.03722571, 0.04439407, 0.05064493],
        [0.98826351, 0.99080172, 0.99106822, 0.98910135, 0.98473383,
         0.97822347, 0.97054253, 0.96277429, 0.95560593, 0.94935507],
    ])
    return {'source': '004, section 1.3',
            'input': {'xt': xt, 'a_prev': a_prev, 'parameters': parameters},
            'published': {'yt_pred': prints(published, at(y, 0))}, 'decimals': 8}


def rnn_forward():
    given = {'x': ramp(1, 3, 10, 4), 'a0': ramp(1, 5, 10), 'parameters': ramps(RAMPS)}
    a, y = rnn(**given)
    return {'source': '004, section 1.4', 'input': given, 'published': {
        'y_pred[1][3]': prints([0.98938177, 0.92781377, 0.98516102, 0.94756773], y[1][3]),
        'a[4][1]': prints([0.2609307, 0.98545286, 0.84171072, 0.99476474], a[4][1]),
    }, 'decimals': 8}


def rnn_cell_backward():
    random = np.random.RandomState(1)
    xt, a_prev = random.randn(3, 10), random.randn(5, 10)
    parameters, da_next = draws(random, RNN), random.randn(5, 10)
    # A sequence of one step; the cell has other names for its gradients.
    g = rnn_gradients(xt[:, :, None], a_prev, parameters, da_next[:, :, None])
    computed = {'dxt': at(g['dx'], 0), 'dWax': g['dWax'], 'da_prev': g['da0'],
                'dWaa': g['dWaa'], 'dba': g['dba']}
    published = [-0.02886535, 0.15285269, -0.24771553, -0.1538868, -0.30123978,
                 0.43068929, 0.1448896, 0.07010807, -0.22645813, 0.09275214]
    return {'source': '004, section 2.1 (numpy seed 1)',
            'input': {'xt': xt, 'a_prev': a_prev, 'parameters': parameters, 'da_next': da_next},
            'published': {'dxt[2]': prints(published, computed['dxt'][2])}, 'decimals': 8,
            'computed': computed}


def rnn_backward():
    random = np.random.RandomState(1)
    given = {'x': random.randn(3, 10, 4), 'a0': random.randn(5, 10),
             'parameters': draws(random, RNN), 'da': random.randn(5, 10, 4)}
    wrong = rnn_gradients(**given, carried=False)
    return {'source': '004, section 2.2 (numpy seed 1)', 'input': given, 'published': {
        'dx[1][2]': prints([-0.15028183, -0.34554547, 0.02071758, 0.01483317], wrong['dx'][1][2]),
        'da0[2][3]': prints(-0.17268893183890804, wrong['da0'][2][3], 1e-15),
    }, 'decimals': 8, 'erratum': (
        'The published numbers are WRONG for T_x>1: the document adds da_prev (always zero) '
        'instead of the da_prevt it just computed, so nothing flows back through time. Only the '
        "last step, dx[1][2][3]=0.01483317, is right. 'computed' holds the true gradient."
    ), 'computed': rnn_gradients(**given)}


def lstm_backward():
    random = np.random.RandomState(7)
    parameters = draws(random, LSTM)
    given = {'x': random.randn(3, 4, 6), 'a0': random.randn(5, 4), 'parameters': parameters,
             'da': random.randn(5, 4, 6)}
    a, y, c, _ = lstm(given['x'], given['a0'], parameters)
    return {'source': '000, section 4.2; inputs drawn here (numpy RandomState 7)',
            'input': given, 'forward': {'a': a, 'y': y, 'c': c},
            'asPublished': lstm_gradients(**given, carried=False),
            'computed': lstm_gradients(**given), 'erratum': (
                'As published the loop never adds da_prevt to da[:,:,t] and never updates da_prevt '
                "or dc_prevt, so for T_x>1 it is not the gradient. 'computed' adds da_prevt and "
                'carries dc_prevt; it agrees with automatic differentiation to 1e-15. At T_x=1 '
                'both agree.'
            )}


def packed(value):
    """Every array as its shape and its numbers."""
    if isinstance(value, dict):
        return {name: packed(part) for name, part in value.items()}
    if isinstance(value, np.ndarray):
        return {'shape': value.shape, 'data': value.ravel()}
    return value


CASES = [tanh_forward, softmax_forward, rnn_cell_forward, rnn_forward, rnn_cell_backward,
         rnn_backward, lstm_backward]
write(__file__, '../documents/goldens.json', {
    'made': made(__file__, np),
    **{case.__name__: packed(case()) for case in CASES},
}, json.dumps)
