# What the reference implementation of safetensors writes, and which files it refuses, for
# test/files/safetensors.test.ts; it knows nothing of the package.
import base64
import json
import struct

import numpy as np
import safetensors
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from writing import made, write

COUNT = 20_000

inf, nan = np.inf, np.nan


def base(content):
    return base64.b64encode(content).decode()


# A name, the tensors, and the metadata.
WRITTEN = [
    ('nothing', {}, None),
    ('one', {'weight': np.float32([[1, 2, 3], [-0.0, 5, 6]])}, None),
    ('metadata', {'weight': np.float32([0.5])}, {'format': 'pt'}),
    ('metadata with signs', {}, {'a "quoted" \\ name\n\x01\x7f': 'ä \u2028 😀\t'}),
    ('the dtypes', {'a': np.array([True, False]), 'b': np.int32([-2**31, 2**31 - 1]),
                    'c': np.float32([nan, inf, -inf, -0.0, 1e-45]),
                    'd': np.float64([nan, inf, -inf, -0.0, 5e-324])}, None),
    ('by name', {name: np.float32([k]) for k, name in enumerate(
        ['b', 'a', 'B', '10', '9', '', 'a.b', 'a b', 'é', '\uffff', '😀', '__proto__', 'aa'])},
     None),
    ('shapes', {'scalar': np.float32(3).reshape(()), 'empty': np.zeros((2, 0, 3), np.float32),
                'long': np.arange(24, dtype=np.int32).reshape(1, 2, 3, 4, 1)}, None),
    ('signs in names', {'"\\/\b\f\n\r\t\x00\x1f\x7f\u2028': np.int32([1])}, {'b': 'c'}),
]
# Formats that are read, but not written.
READ = [
    ('halves', {'f16': np.float16([0, -0.0, 1, -2, 65504, 6e-8, 6.1e-5, inf, -inf, nan])}),
    ('integers', {'i8': np.int8([-128, 127]), 'u8': np.uint8([0, 255]),
                  'i16': np.int16([-2**15, 2**15 - 1]), 'u16': np.uint16([0, 2**16 - 1]),
                  'u32': np.uint32([0, 2**31 - 1]), 'i64': np.int64([-2**31, 2**31 - 1]),
                  'u64': np.uint64([0, 2**31 - 1])}),
]

INFO = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'


def info(dtype='"F32"', shape='[1]', offsets='[0,4]', more=''):
    return '{"dtype":%s,"shape":%s,"data_offsets":%s%s}' % (dtype, shape, offsets, more)


def one(*args, **named):
    return '{"a":%s}' % info(*args, **named)


# Headers, each with so many bytes of numbers behind it.
HEADERS = [
    (one(), 4), (one(more=',"dtype":"F32"'), 4), (one(more=',"x":1'), 4),
    (one(more=',"x":{"a":1,"a":2}'), 4), ('{"a":%s,"a":%s}' % (INFO, INFO), 4),
    ('{"__metadata__":{},"__metadata__":{}}', 0), ('{"__metadata__":{"x":"1","x":"2"}}', 0),
    ('{"__metadata__":null,"a":%s}' % INFO, 4), ('{"__metadata__":{"x":1}}', 0),
    ('{"__metadata__":[]}', 0), ('{"__metadata__":{"x":{"y":"1"}}}', 0),
    ('{"__m\\u0065tadata__":{"x":"y"}}', 0), ('{"__proto__":%s}' % INFO, 4),
    ('{"":%s}' % INFO, 4), ('{"\\ud800":%s}' % INFO, 4), ('{"\\udc00":%s}' % INFO, 4),
    ('{"\\ud83d\\ude00":%s}' % INFO, 4), ('{"\\ud800\\u0041":%s}' % INFO, 4),
    (one(more=',"x":"\\ud800"'), 4), (one(more=',"\\ud800":1'), 4), (one(more=',"x":1e999'), 4),
    (one(more=',"x":1' + 30 * '0'), 4), (one(more=',"x":-0.0e-5'), 4), (one(more=',"x":-'), 4),
    (one(more=',"x":1.'), 4), (one(more=',"x":01'), 4), (one(more=',"x":.5'), 4),
    (one(more=',"x":NaN'), 4), (one(more=',"x":+1'), 4), (one(more=',"x":truer'), 4),
    (one(more=',"x":' + 125 * '[' + 125 * ']'), 4), (one(more=',"x":' + 126 * '[' + 126 * ']'), 4),
    (one(more=',"x":' + 125 * '{"y":' + '1' + 125 * '}'), 4),
    (one(more=',"x":' + 126 * '{"y":' + '1' + 126 * '}'), 4),
    ('{"a":["F32",[1],[0,4]]}', 4), ('{"a":["F32",[1],[0,4],1]}', 4), ('{"a":["F32",[1]]}', 4),
    (one('{"F32":null}'), 4), (one('{"F32":1}'), 4), (one('{"F32":null,"F32":null}'), 4),
    (one('14'), 4), (one('"f32"'), 4), (one('null'), 4), (one('"F3\\u0032"'), 4),
    (one(shape='null'), 4), (one(shape='[1.0]'), 4), (one(shape='[1e0]'), 4),
    (one(shape='[-1]'), 4), (one(shape='[-0]'), 4), (one(shape='[01]'), 4), (one(shape='[1,]'), 4),
    (one(shape='[]'), 4), (one(shape='["1"]'), 4), (one(shape='[true]'), 4), (one(shape='1'), 4),
    (one(offsets='[0,4,5]'), 4), (one(offsets='[0]'), 4), (one(offsets='[-0,4]'), 4),
    (one(offsets='[4,8]'), 8), (one(offsets='[0,5]'), 5), (one(shape='[0]', offsets='[4,0]'), 4),
    (one(shape='[9007199254740993,0]', offsets='[0,0]'), 0),
    (one(shape='[18446744073709551615,0]', offsets='[0,0]'), 0),
    (one(shape='[18446744073709551616,0]', offsets='[0,0]'), 0),
    (one(shape='[9223372036854775808,2,0]', offsets='[0,0]'), 0),
    (one(shape='[0,9223372036854775808,2]', offsets='[0,0]'), 0),
    (one(shape='[4611686018427387904]'), 4), (one(shape='[4294967296,4294967296]'), 4),
    (one(shape='[4294967297]'), 4), (one(offsets='[18446744073709551612,18446744073709551616]'), 4),
    (' ' + one(), 4), (one() + '\0', 4), (one() + '\n\t\r ', 4), ('\f' + one(), 4),
    ('\ufeff' + one(), 4), ('', 0), ('{}', 0), ('{}', 1), ('[]', 0), ('null', 0), ('{', 0), ('}', 0),
    ('{"a":null}', 0), ('{"a":3}', 0), ('{"a":{}}', 0), ('{"a"}', 0), ("{'a':%s}" % INFO, 4),
    ('{"a":%s,}' % INFO, 4), ('{"a":%s "b":1}' % INFO, 4), ('{"a":%s}{}' % INFO, 4),
    ('{"\x01":%s}' % INFO, 4), ('{"\x7f":%s}' % INFO, 4), ('{"\\x41":%s}' % INFO, 4),
    ('{"\\u00e9\\/":%s}' % INFO, 4), ('{"\\u12":%s}' % INFO, 4), ('{"a\\":%s}' % INFO, 4),
    (one('"F4"', offsets='[0,1]'), 1), (one('"F4"', '[2]', '[0,1]'), 1),
    (one('"F6_E2M3"', '[4]', '[0,3]'), 3), (one('"C64"', offsets='[0,8]'), 8),
    (one('"F8_E4M3"', '[4]'), 4), (one('"BOOL"', offsets='[1,2]'), 2), (one('"BOOL"', '[4]'), 5),
    ('{"a":%s,"b":%s}' % (INFO, INFO), 4), ('{"a":%s,"b":%s}' % (INFO, info(offsets='[4,8]')), 8),
    ('{"b":%s,"a":%s}' % (info(offsets='[4,8]'), INFO), 8),
    ('{"a":%s,"b":%s}' % (INFO, info(offsets='[5,9]')), 9),
    ('{"a":%s,"b":%s}' % (INFO, info(offsets='[3,7]')), 7),
    ('{"a":%s,"b":%s}' % (info(shape='[0]', offsets='[0,0]'), INFO), 4),
]
# Whole files.
RAW = [b'', b'1234567', struct.pack('<Q', 100_000_001), struct.pack('<Q', 100_000_000),
       struct.pack('<Q', 2**64 - 1), struct.pack('<Q', 2**53), struct.pack('<Q', 1), bytes(8),
       b'\x07\0\0\0\0\0\0\0{"\xff":1}', b'\x05\0\0\0\0\0\0\0{"\xed\xa0\x80"', b'\x03\0\0\0\0\0\0\0{\xc0\x80']

KINDS = [
    ('header too small', 'HeaderTooSmall'),
    ('header too large', 'HeaderTooLarge'),
    ('invalid header length', 'InvalidHeaderLength'),
    ('invalid UTF-8 in header', 'InvalidHeader'),
    ('invalid JSON in header', 'InvalidHeaderDeserialization'),
    ('invalid offset', 'InvalidOffset'),
    ('invalid shape, data type, or offset', 'TensorInvalidInfo'),
    ('incomplete metadata', 'MetadataIncompleteBuffer'),
    ('overflow computing', 'ValidationOverflow'),
    ('The slice is slicing for subbytes', 'MisalignedSlice'),
]


def once(pairs):
    if len(dict(pairs)) < len(pairs):
        raise KeyError('twice')
    return dict(pairs)


def names_twice(content):
    try:
        length = struct.unpack('<Q', content[:8])[0]
        json.loads(content[8:8 + length], object_pairs_hook=once)
    except KeyError:
        return True
    except (ValueError, struct.error):
        pass
    return False


def answer(content):
    """'accepted', or the kind of the error."""
    try:
        deserialize(content)
    except SafetensorError as error:
        text = str(error).removeprefix('Error while deserializing: ')
        return next(kind for begin, kind in KINDS if text.startswith(begin))
    return 'accepted'


def settled(content):
    """
    The same; 'twice' where it is accepted although it has a name twice, 'refused' where the kind
    changes from call to call, since maps are in any order, or where a name comes twice as well.
    """
    answers = {answer(content) for _ in range(12)}
    if names_twice(content):
        return 'twice' if answers == {'accepted'} else 'refused'
    return answers.pop() if len(answers) == 1 else 'refused'


LETTERS = {'accepted': '.', 'twice': '2', 'refused': '?',
           **{kind: 'abcdefghij'[k] for k, (_, kind) in enumerate(KINDS)}}

# --- mutations: test/files/mutations.ts makes the same ones, call by call ---

BYTES = b'{}[]":,0123456789-.eE \\uFI_n\n\x00\x01\x7f\x80\xc3\xff'
TOKENS = [' ', '\n', ',', ':', '{}', '[]', '""', 'null', '"x":1,', '"x":"y",', '"dtype":"F32",',
          '"__metadata__":{},', '\\u0061', '\\ud800', '\\n', '1', '0', ',0', '1,', '.0', 'e0', '-']
NUMBERS = ['0', '1', '2', '3', '4', '8', '16', '24', '-0', '-1', '1.0', '1e0', '01',
           '9007199254740993', '18446744073709551615', '18446744073709551616',
           '9223372036854775808']
DIGITS = b'0123456789'


class Random:
    """Marsaglia's xorshift of 32 bits."""

    def __init__(self, seed):
        self.state = (seed * 2654435761 + 1) % 2**32 or 1
        for _ in range(8):
            self.below(1)

    def below(self, n):
        x = self.state
        x ^= x << 13 & 0xffffffff
        x ^= x >> 17
        x ^= x << 5 & 0xffffffff
        self.state = x
        return x % n


def runs(header, is_in):
    """Where runs of such bytes begin and end."""
    found, start = [], None
    for at, byte in enumerate(header + b'~'):
        if is_in(byte) and start is None:
            start = at
        if not is_in(byte) and start is not None:
            found.append((start, at))
            start = None
    return found


def quoted(header):
    """Where pairs of quotation marks stand, whatever they mean."""
    marks = [at for at, byte in enumerate(header) if byte == 0x22]
    return [(marks[k], marks[k + 1] + 1) for k in range(0, len(marks) - 1, 2)]


def mutate(files, seed):
    random = Random(seed)
    content = files[random.below(len(files))]
    length = struct.unpack('<Q', content[:8])[0]
    header, data = content[8:8 + length], content[8 + length:]
    prefix = None
    for _ in range(1 + random.below(3)):
        edit = random.below(12)
        at = random.below(len(header) + 1)
        if edit == 0:
            header = header[:at] + bytes([BYTES[random.below(len(BYTES))]]) + header[at + 1:]
        elif edit == 1:
            header = header[:at] + bytes([BYTES[random.below(len(BYTES))]]) + header[at:]
        elif edit == 2:
            header = header[:at] + header[at + 1:]
        elif edit == 3:
            header = header[:at] + TOKENS[random.below(len(TOKENS))].encode() + header[at:]
        elif edit == 4 or edit == 5:
            spans = runs(header, lambda byte: byte in DIGITS) if edit == 4 else quoted(header)
            number = NUMBERS[random.below(len(NUMBERS))].encode()
            if spans:
                start, end = spans[random.below(len(spans))]
                from_, to = spans[random.below(len(spans))]
                other = number if edit == 4 else header[from_:to]
                header = header[:start] + other + header[end:]
        elif edit == 6:
            from_ = random.below(len(header) + 1)
            header = header[:at] + header[from_:from_ + random.below(60)] + header[at:]
        elif edit == 7:
            spots = [k for k, byte in enumerate(header) if byte in b'{}[],:']
            if spots:
                spot = spots[random.below(len(spots))]
                header = header[:spot] + b' ' + header[spot:]
        elif edit == 8:
            data = data[:random.below(len(data) + 1)]
        elif edit == 9:
            data = data + bytes(random.below(9))
        elif edit == 10:
            place = random.below(len(data) + 1)
            data = data[:place] + bytes([random.below(256)]) + data[place + 1:]
        elif edit == 11:
            prefix = (random.below(8), random.below(256))
    content = bytearray(struct.pack('<Q', len(header)) + header + data)
    if prefix is not None:
        content[prefix[0]] = prefix[1]
    return bytes(content)


def words(array):
    return [{'nan': 'NaN', 'inf': 'Infinity', '-inf': '-Infinity', '-0.0': '-0'}.get(str(x), x)
            for x in array.ravel().tolist()]


def file(what, tensors, metadata):
    content = save({name: np.ascontiguousarray(t).reshape(t.shape) for name, t in tensors.items()},
                   metadata)
    return {'what': what, 'file': base(content), 'metadata': metadata or {}, 'tensors': [
        {'name': name, 'dtype': str(t.dtype), 'shape': t.shape, 'data': words(t)}
        for name, t in tensors.items()]}


written = [file(*one_) for one_ in WRITTEN]
read = [file(*one_, None) for one_ in READ]
files = [base64.b64decode(one_['file']) for one_ in written + read]
answers = [settled(mutate(files, seed)) for seed in range(COUNT)]
print({kind: answers.count(kind) for kind in LETTERS})


def header_case(header, size):
    header = header.encode()
    return [base(header), size, settled(struct.pack('<Q', len(header)) + header + bytes(size))]


def form(content):
    """A case a line; the answers in lines of 150."""
    parts = []
    for key, value in content.items():
        if isinstance(value, list):
            lines = ',\n'.join('    ' + json.dumps(one_) for one_ in value)
            parts.append(f'  {json.dumps(key)}: [\n{lines}\n  ]')
        else:
            parts.append(f'  {json.dumps(key)}: {json.dumps(value)}')
    return '{\n' + ',\n'.join(parts) + '\n}'


text = ''.join(LETTERS[one_] for one_ in answers)
write(__file__, '../files/safetensors.json', {
    'made': made(__file__, np, safetensors),
    'written': written,
    'read': read,
    'headers': [header_case(*one_) for one_ in HEADERS],
    'raw': [[base(one_), settled(one_)] for one_ in RAW],
    'letters': {letter: kind for kind, letter in LETTERS.items()},
    'answers': [text[k:k + 150] for k in range(0, COUNT, 150)],
}, form)
