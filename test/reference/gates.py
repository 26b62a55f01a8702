# Recurrent layers of Keras (on PyTorch) and of ONNX Runtime with their weights in the layouts of
# these systems, for test/files/gates: float32, forward only. It draws the inputs, and knows nothing
# of the package.
import os

os.environ['KERAS_BACKEND'] = 'torch'

import keras
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from writing import lines, made, write

random = np.random.default_rng(29)

N, T, D = 2, 3, 2


def sixteenths(*shape):
    return random.integers(-24, 25, shape) / 16


def keras_case(kind, widths, both=False, options=(), **named):
    cell = getattr(keras.layers, 'SimpleRNN' if kind == 'RNN' else kind)
    x = sixteenths(N, T, D)
    y, layers = np.float32(x), []
    for H in widths:
        # By Keras's own equations, not by a fused kernel of PyTorch.
        own = {} if kind == 'RNN' else {'use_cudnn': False}
        layer = cell(H, return_sequences=True, **own, **named)
        layer = keras.layers.Bidirectional(layer) if both else layer
        layer.build(y.shape)
        layer.set_weights([sixteenths(*w.shape) for w in layer.weights])
        y = keras.ops.convert_to_numpy(layer(y))
        parts = [layer.forward_layer, layer.backward_layer] if both else [layer]
        weights = [dict(zip(['kernel', 'recurrent_kernel', 'bias'], part.get_weights()))
                   for part in parts]
        layers.append(dict(zip(['forward_layer', 'backward_layer'], weights)) if both
                      else weights[0])
    return {
        'kind': kind, 'widths': widths, 'keras': named,
        'options': {**dict(options), **({'bidirectional': True} if both else {}),
                    **({'bias': False} if named.get('use_bias') is False else {})},
        'layers': layers, 'x': x, 'output': y,
    }


GATES = {'RNN': 1, 'GRU': 3, 'LSTM': 4}


def onnx_run(kind, attributes, inputs):
    given = {name: np.float32(v) for name, v in inputs.items() if v is not None}
    names = ['X', 'W', 'R', 'B', '', '', '', 'P'] if 'P' in given else ['X', 'W', 'R', 'B']
    node = helper.make_node(kind, [name if name in given else '' for name in names], ['Y'],
                            **attributes)
    graph = helper.make_graph(
        [node], kind,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, v.shape)
         for name, v in given.items()],
        [helper.make_tensor_value_info('Y', TensorProto.FLOAT, [None] * 4)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=['CPUExecutionProvider'])
    return session.run(None, given)[0]


def onnx_case(kind, widths, both=False, bias=True, peepholes=False, options=(), **attributes):
    x = sixteenths(N, T, D)
    y, layers, L, G = x.swapaxes(0, 1), [], 2 if both else 1, GATES[kind]
    for H in widths:
        layer = {'W': sixteenths(L, G * H, y.shape[2]), 'R': sixteenths(L, G * H, H)}
        if bias:
            layer['B'] = sixteenths(L, 2 * G * H)
        if peepholes:
            layer['P'] = sixteenths(L, 3 * H)
        direction = 'bidirectional' if both else 'forward'
        Y = onnx_run(kind, {'hidden_size': H, 'direction': direction, **attributes},
                     {'X': y, **layer})
        y = Y.transpose(0, 2, 1, 3).reshape(T, N, L * H)
        layers.append(layer)
    return {
        'kind': kind, 'widths': widths, 'onnx': attributes,
        'options': {**dict(options), **({'bidirectional': True} if both else {}),
                    **({} if bias else {'bias': False})},
        'layers': layers, 'x': x, 'output': y.swapaxes(0, 1),
    }


before, after, peep = {'resetAfter': False}, {'resetAfter': True}, {'peepholes': True}
write(__file__, '../files/gates/gates.json', {
    'about': 'Recurrent layers one above the other, computed by Keras (on PyTorch) and by ONNX '
             "Runtime, CPU, float32, from states of 0: 'layers' are their weights as these systems "
             "hold them, 'widths' and 'options' those of the package's layer. Weights and inputs "
             'are random sixteenths.',
    'made': made(__file__, np, onnx, onnxruntime, keras),
    'keras': [
        keras_case('LSTM', [3]),
        keras_case('LSTM', [3, 2], both=True),
        keras_case('LSTM', [2], use_bias=False),
        keras_case('GRU', [3, 2], options=after, reset_after=True),
        keras_case('GRU', [3, 2], options=before, reset_after=False),
        keras_case('GRU', [2], both=True, options=after, reset_after=True),
        keras_case('GRU', [2], both=True, options=before, reset_after=False),
        keras_case('GRU', [2], options=after, reset_after=True, use_bias=False),
        keras_case('RNN', [3], options={'nonlinearity': 'relu'}, activation='relu'),
        keras_case('RNN', [3, 2], both=True),
    ],
    'onnx': [
        onnx_case('LSTM', [3]),
        onnx_case('LSTM', [3, 2], both=True),
        onnx_case('LSTM', [2], bias=False),
        onnx_case('LSTM', [3, 2], peepholes=True, options=peep),
        onnx_case('LSTM', [2], both=True, peepholes=True, options=peep),
        onnx_case('GRU', [3, 2], options=after, linear_before_reset=1),
        onnx_case('GRU', [3, 2], options=before),
        onnx_case('GRU', [2], both=True, options=before),
        onnx_case('GRU', [2], both=True, options=after, linear_before_reset=1),
        onnx_case('RNN', [3, 2]),
        onnx_case('RNN', [2], both=True, bias=False),
    ],
}, lines)
