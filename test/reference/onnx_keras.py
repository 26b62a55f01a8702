# Recurrent layers run by ONNX Runtime and by Keras (on PyTorch), both in float32, forward only,
# for test/layers/recurrent: their weights are recorded in the package's order of gates, under the
# package's names. It draws the inputs, and knows nothing of the package.
import os

os.environ['KERAS_BACKEND'] = 'torch'

import keras
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from writing import lines, made, write

random = np.random.default_rng(13)

N, T, D, H = 3, 3, 2, 3


def sixteenths(*shape):
    return random.integers(-24, 25, shape) / 16


# The gates of a weight's rows: theirs, and ours.
ORDERS = {
    'onnx': {'LSTM': 'iofg', 'GRU': 'zrn'},
    'keras': {'RNN': 'h', 'LSTM': 'ifgo', 'GRU': 'zrn'},
}
GATES = {'RNN': 'h', 'LSTM': 'ifgo', 'GRU': 'rzn'}


def reordered(rows, theirs, ours):
    parts = dict(zip(theirs, np.split(rows, len(theirs))))
    return np.concatenate([parts[gate] for gate in ours])


def onnx_run(op, attributes, inputs, outputs):
    """The outputs of one node, by onnxruntime in float32; inputs that are None are left out."""
    given = {name: np.asarray(v, np.int32 if name == 'sequence_lens' else np.float32)
             for name, v in inputs.items() if v is not None}
    node = helper.make_node(op, [name if name in given else '' for name in inputs], outputs,
                            **attributes)
    graph = helper.make_graph(
        [node], op,
        [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape)
         for name, v in given.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * (4 if name == 'Y' else 3))
         for name in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=['CPUExecutionProvider'])
    return session.run(None, given)


def onnx_layer(op, options=(), attributes=(), peepholes=False, lengths=None):
    """
    ONNX's layout: X (T, N, D), W and R (directions, gates·H, ·), B of both biases one after the
    other, P of i, o, f, and Y (T, directions, N, H).
    """
    options, attributes = dict(options), dict(attributes)
    order = ORDERS['onnx'][op]
    both = options.get('bidirectional', False)
    L, G = 2 if both else 1, len(order)
    W, R, B = sixteenths(L, G * H, D), sixteenths(L, G * H, H), sixteenths(L, 2 * G * H)
    P = sixteenths(L, 3 * H) if peepholes else None
    x, h = sixteenths(N, T, D), sixteenths(L, N, H)
    state = {'h': h} | ({'c': sixteenths(L, N, H)} if op == 'LSTM' else {})

    inputs = {'X': x.swapaxes(0, 1), 'W': W, 'R': R, 'B': B, 'sequence_lens': lengths, 'h': h}
    if op == 'LSTM':
        inputs |= {'c': state['c'], 'P': P}
    direction = 'bidirectional' if both else 'forward'
    Y, *final = onnx_run(op, {'hidden_size': H, 'direction': direction, **attributes}, inputs,
                         ['Y', *(f'Y_{name}' for name in state)])

    parameters = {}
    for k, suffix in enumerate(['l0', 'l0_reverse'][:L]):
        rows = {'weight_ih': W[k], 'weight_hh': R[k], 'bias_ih': B[k][:G * H],
                'bias_hh': B[k][G * H:]}
        peep = {}
        if peepholes:
            peep = dict(zip(['weight_ci', 'weight_co', 'weight_cf'], np.split(P[k], 3)))
        rows = {name: reordered(v, order, GATES[op]) for name, v in rows.items()}
        if attributes.get('input_forget'):
            # ONNX's f = 1 − i; ours is i = 1 − f: as 1 − σ(z) = σ(−z), its f is −i.
            rows = {name: np.concatenate([-v[:H], v[2 * H:]]) for name, v in rows.items()}
            peep = {'weight_cf': -peep['weight_ci'], 'weight_co': peep['weight_co']} if peep else {}
        parameters |= {f'{name}_{suffix}': v for name, v in (rows | peep).items()}
    return {
        'kind': op, 'options': {'numLayers': 1, **options},
        'onnx': attributes, **({} if lengths is None else {'lengths': lengths}),
        'parameters': parameters, 'x': x, 'state': state,
        'output': Y.transpose(2, 0, 1, 3).reshape(N, T, L * H),
        'final': dict(zip(state, final)),
    }


def keras_layer(kind, options=(), **named):
    """Keras's layout: kernels (D, gates·H) and (H, gates·H), one bias, of a GRU reset after two."""
    layer = getattr(keras.layers, 'SimpleRNN' if kind == 'RNN' else kind)
    # By Keras's own equations, not by a fused kernel of PyTorch.
    own = {} if kind == 'RNN' else {'use_cudnn': False}
    layer = layer(H, return_sequences=True, return_state=True, **own, **named)
    order = ORDERS['keras'][kind]
    x = sixteenths(N, T, D)
    state = {name: sixteenths(1, N, H) for name in ('hc' if kind == 'LSTM' else 'h')}
    layer.build(x.shape)
    weights = [sixteenths(*w.shape) for w in layer.weights]
    layer.set_weights(weights)
    output, *final = layer(np.float32(x), initial_state=[np.float32(s[0]) for s in state.values()])
    kernel, recurrent, bias = weights
    input_bias, hidden_bias = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    rows = {'weight_ih': kernel.T, 'weight_hh': recurrent.T, 'bias_ih': input_bias,
            'bias_hh': hidden_bias}
    return {
        'kind': kind, 'options': {'numLayers': 1, **dict(options)}, 'keras': named,
        'parameters': {f'{k}_l0': reordered(v, order, GATES[kind]) for k, v in rows.items()},
        'x': x, 'state': state, 'output': output,
        'final': {name: v[None] for name, v in zip(state, final)},
    }


def onnx_layers():
    both = {'bidirectional': True}
    peep, coupled = {'peepholes': True}, {'coupledGates': True}
    forget = {'input_forget': 1}
    return [
        onnx_layer('GRU', {'resetAfter': False}, {'linear_before_reset': 0}),
        onnx_layer('GRU', {'resetAfter': True}, {'linear_before_reset': 1}),
        onnx_layer('GRU', {'resetAfter': False, **both}, {'linear_before_reset': 0},
                   lengths=[2, 3, 1]),
        onnx_layer('LSTM'),
        onnx_layer('LSTM', peep, peepholes=True),
        onnx_layer('LSTM', coupled, forget),
        onnx_layer('LSTM', {**peep, **coupled}, forget, peepholes=True),
        onnx_layer('LSTM', {**peep, **both}, peepholes=True, lengths=[2, 3, 1]),
    ]


def keras_layers():
    return [
        keras_layer('GRU', {'resetAfter': True}, reset_after=True),
        keras_layer('GRU', {'resetAfter': False}, reset_after=False),
        keras_layer('LSTM'),
        keras_layer('RNN', {'nonlinearity': 'relu'}, activation='relu'),
    ]


write(__file__, '../layers/recurrent/onnxKeras.json', {
    'about': 'Reference values computed by ONNX Runtime and by Keras (on PyTorch), CPU, '
             'float32. Weights and inputs are random sixteenths. The rows of the weights '
             "have the package's order of gates; 'onnx' and 'keras' are the options by their "
             "names there. ONNX's clip bounds the sums before the gates' functions: it is not "
             'cellClip, which bounds c.',
    'made': made(__file__, np, onnx, onnxruntime, keras),
    'onnx': onnx_layers(),
    'onnxClip': onnx_layer('LSTM', {}, {'clip': 0.5}),
    'keras': keras_layers(),
}, lines)
