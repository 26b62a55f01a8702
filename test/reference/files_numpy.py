# Files of NumPy, those it packs included, and what they hold, for test/files/npy.test.ts and
# test/files/npz.test.ts; it knows nothing of the package.
import base64
import io
import json

import numpy as np
from numpy.lib import format as npy

from writing import made, write

inf, nan = np.inf, np.nan
random = np.random.default_rng(0)


def base(content):
    return base64.b64encode(content).decode()


def saved(array, version=None):
    file = io.BytesIO()
    if version is None:
        np.save(file, array)
    else:
        npy.write_array(file, array, version)
    return file.getvalue()


def words(array):
    names = {'nan': 'NaN', 'inf': 'Infinity', '-inf': '-Infinity', '-0.0': '-0'}
    return [names.get(str(x), x) for x in array.ravel().tolist()]


def case(what, array, version=None):
    return {'what': what, 'file': base(saved(array, version)), 'shape': array.shape,
            'data': words(array)}


FLOATS = [0, -0.0, 1, -2.5, nan, inf, -inf]
BLOCK = np.arange(24).reshape(2, 3, 4)

# What is written, too.
WRITTEN = [
    ('float32', np.float32(FLOATS)), ('float64', np.float64([*FLOATS, 5e-324, 1e308])),
    ('int32', np.int32([[-2**31], [2**31 - 1]])), ('bool', np.array([[True, False]])),
    ('0-d', np.array(3, np.float32)), ('empty', np.zeros((0,), np.int32)),
    ('empty, three axes', np.zeros((2, 0, 3), np.float64)), ('three axes', BLOCK.astype(np.float32)),
    ('many axes', np.arange(4, dtype=np.int32).reshape((1,) * 20 + (4,) + (1,) * 11)),
    ('a long first axis', np.zeros((123, 1), bool)), ('two axes', np.float32([[1, 2], [3, 4]])),
]
READ = [
    ('float16', np.float16([*FLOATS, 6e-8, 65504])), ('int8', np.int8([-128, 127])),
    ('uint8', np.uint8([0, 255])), ('int16', np.int16([-2**15, 2**15 - 1])),
    ('uint16', np.uint16([0, 2**16 - 1])), ('uint32', np.uint32([0, 2**31 - 1])),
    ('int64', np.int64([-2**31, 2**31 - 1])), ('uint64', np.uint64([0, 2**31 - 1])),
    *[(f'big-endian {dtype}', np.array([[1, 2], [3, 260 % 128]]).astype(dtype))
      for dtype in ('>f2', '>f4', '>f8', '>i2', '>u2', '>i4', '>u4', '>i8', '>u8')],
    ('big-endian floats', np.array(FLOATS, '>f4')),
    *[(f"Fortran's order, {dtype}", np.asfortranarray(BLOCK.astype(dtype)))
      for dtype in ('f4', 'f8', 'i2', 'i8', 'u1', '>f8', '>f2')],
    ("Fortran's order, two axes", np.asfortranarray(np.float32([[1, 2, 3], [4, 5, 6]]))),
    ("Fortran's order, empty", np.zeros((3, 0, 2), np.float32, 'F')),
    ("Fortran's order, bool", np.asfortranarray(np.array([[True, False], [False, False]]))),
]
REFUSED = [
    ('complex', np.complex64([1])), ('text', np.array(['a', 'bc'])), ('bytes', np.array([b'a'])),
    ('dates', np.array(['2020-01-01'], 'datetime64[D]')), ('objects', np.array([None, 'a'])),
    ('a structure', np.zeros(2, [('x', 'f4'), ('y', 'i4', (2,))])),
    ('long doubles', np.zeros(1, np.longdouble)), ('raw bytes', np.zeros(1, 'V3')),
    ('int64 beyond int32', np.int64([0, 2**31])), ('uint32 beyond int32', np.uint32([2**31])),
    ('big-endian int64 below int32', np.array([-2**31 - 1], '>i8')),
]


def archive(save, arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return base(file.getvalue())


SMALL = {'weight': np.float32([[1, 2], [3, 4]]), 'b': np.int32([7]), 'flag': np.array(True),
         'layers/0.é': np.float64([0.5]), '__proto__': np.zeros((2, 0), np.float32)}
# Long repeats, short ones, numbers that cannot be packed.
LARGE = {'repeats': np.tile(np.float32([1, 2, 3]), 300), 'zeros': np.zeros(2000, bool),
         'sparse': (random.random(1000) < 0.1) * np.int32(3), 'noise': random.random(100)}


def holds(arrays):
    return [{'name': name, 'shape': array.shape, 'data': words(array)}
            for name, array in arrays.items()]


def form(content):
    """A case a line."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list):
            lines = ',\n'.join('    ' + json.dumps(one) for one in value)
            parts.append(f'  {json.dumps(key)}: [\n{lines}\n  ]')
        else:
            parts.append(f'  {json.dumps(key)}: {json.dumps(value)}')
    return '{\n' + ',\n'.join(parts) + '\n}'


write(__file__, '../files/npy.json', {
    'made': made(__file__, np),
    'written': [{**case(what, array), 'dtype': str(array.dtype)} for what, array in WRITTEN],
    'read': [*(case(*one) for one in READ), case('version 2.0', np.float32([1, 2]), (2, 0)),
             case('version 3.0', np.float32([[1, 2]]), (3, 0))],
    'refused': [[what, base(saved(array))] for what, array in REFUSED],
}, form)
write(__file__, '../files/npz.json', {
    'made': made(__file__, np),
    'small': archive(np.savez, SMALL), 'smallPacked': archive(np.savez_compressed, SMALL),
    'largePacked': archive(np.savez_compressed, LARGE), 'empty': archive(np.savez, {}),
    'smallHolds': holds(SMALL), 'largeHolds': holds(LARGE),
}, form)
