# What NumPy prints of arrays with a precision of 4, in the words of JavaScript, for
# test/tensor/format.test.ts; it computes nothing, and knows nothing of the package.
import json

import numpy as np

from writing import made, write

inf, nan = np.inf, np.nan
WORDS = {'nan': 'NaN', 'inf': 'Infinity', '-inf': '-Infinity', '-0.0': '-0'}

# What the case shows, its dtype, and its numbers, nested as they are shaped.
CASES = [
    ('0-d', 'float32', 3),
    ('0-d, a fraction', 'float32', 0.1),
    ('0-d, rounded', 'float64', 1 / 3),
    ('0-d, large', 'float32', 1e10),
    ('0-d, small', 'float64', 1e-5),
    ('0-d, -0', 'float32', -0.0),
    ('0-d, NaN', 'float32', nan),
    ('0-d int', 'int32', -7),
    ('0-d bool', 'bool', True),
    ('whole numbers', 'float32', [[1, -2], [30, 4]]),
    ('fractions below each other', 'float32', [1, 2.5, -3.125]),
    ('at most four digits', 'float32', [1, 1 / 3, 100.00001]),
    ('signs', 'float32', [-0.0, 0, -1]),
    ('all below four digits', 'float32', [1e-4, 2e-4]),
    ('small', 'float32', [9e-5, 1e-5]),
    ('a thousand times', 'float32', [1, 1000]),
    ('more than a thousand times', 'float32', [1, 1001]),
    ('more, with digits', 'float32', [0.001, 1.0005]),
    ('up to a million', 'float32', [999999, 999998.5]),
    ('a million', 'float32', [1e6, 999999]),
    ('float64 up to a hundred million', 'float64', [99999999, 88888888.25]),
    ('a hundred million', 'float64', [1e8, 1e8]),
    ('three digits of exponent', 'float64', [1e-300, 1]),
    ('large exponents', 'float64', [1e300, -2.5e299]),
    ('exponents with 0', 'float32', [1e-9, 0, 1]),
    ('NaN', 'float32', [0.5, nan]),
    ('infinities', 'float32', [1, nan, -inf]),
    ('infinities and fractions', 'float32', [0.25, inf]),
    ('only NaN', 'float32', [nan, nan]),
    ('infinities and exponents', 'float32', [1e10, -inf, 1]),
    ('halves go to even digits', 'float64', [0.03125, 0.09375, 0.15625, 1.00003125]),
    ('halves go to even digits, with exponents', 'float64', [123445.3125, 123452.5, 1, -123451.5]),
    ('float32 by its own digits', 'float32', [16777.217, 420481.62, 122541.086]),
    ('int32', 'int32', [[1, -20], [300, 4]]),
    ('int32 at its ends', 'int32', [-(2**31), 2**31 - 1]),
    ('bool', 'bool', [[True, False], [True, True]]),
    ('only true', 'bool', [True]),
    *[('empty', 'float32', np.zeros(shape)) for shape in ((0,), (2, 0), (0, 3), (1001, 0))],
    ('three axes', 'float32', np.arange(12).reshape(2, 3, 2)),
    ('four axes', 'int32', np.arange(16).reshape(2, 2, 2, 2)),
    ('lines are broken', 'float32', np.arange(40) / 8),
    ('lines are broken in rows', 'float32', np.arange(60).reshape(2, 30)),
    ('one number longer than half a line', 'float64', np.full((1, 8), 1e-300)),
]

# The same of arange(the shape's size) / over, whose numbers the file does not spell out.
RANGES = [
    ('1000 are shown', 'int32', (10, 100), 1),
    ('1001 are not', 'float32', (1001,), 1),
    ('1001 are not', 'int32', (1001,), 1),
    ('both axes', 'int32', (30, 40), 1),
    ('both axes, fractions', 'float32', (30, 40), 8),
    ('only long axes', 'int32', (2, 3, 167), 1),
    ('axes up to six are not', 'int32', (7, 343), 1),
    ('every axis short', 'int32', (6, 6, 36), 1),
    ('a long first axis', 'float32', (1001, 2), 1),
]


def printed(array):
    """The lines below each other as after `tensor(`."""
    # NumPy pads NaN to the width of infstr, even where nothing is infinite.
    infstr = 'Infinity' if np.isinf(array).any() else 'inf'
    with np.printoptions(precision=4, nanstr='NaN', infstr=infstr):
        text = np.array2string(array, separator=', ', prefix='tensor(')
    if array.dtype == bool:
        text = text.lower()
    return text.split('\n')


def case(what, dtype, numbers):
    array = np.array(numbers, dtype)
    data = [WORDS.get(str(value), value) for value in array.ravel().tolist()]
    return {'what': what, 'dtype': dtype, 'shape': array.shape, 'data': data,
            'lines': printed(array)}


def arange(what, dtype, shape, over):
    size = int(np.prod(shape))
    array = (np.arange(size) / over).reshape(shape).astype(dtype)
    return {'what': what, 'dtype': dtype, 'shape': shape, 'arange': size, 'over': over,
            'lines': printed(array)}


def form(content):
    """One case a line."""
    cases = ',\n'.join('    ' + json.dumps(one) for one in content['cases'])
    return f'{{\n  "made": {json.dumps(content["made"])},\n  "cases": [\n{cases}\n  ]\n}}'


write(__file__, '../tensor/numpy.json', {
    'made': made(__file__, np),
    'cases': [*(case(*one) for one in CASES), *(arange(*one) for one in RANGES)],
}, form)
