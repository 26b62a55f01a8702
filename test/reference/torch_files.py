# Files that torch.save writes, for test/files/torch: each with what torch.load makes of it, and
# some that are refused. It knows nothing of the package.
import base64
import collections
import io
import math
import zipfile

import torch

from writing import lines, made, write

torch.manual_seed(5)
DTYPES = {torch.float16: 'float32', torch.bfloat16: 'float32', torch.float32: 'float32',
          torch.float64: 'float64', torch.bool: 'bool'}


def number(x):
    """JSON has no infinities and no NaN, and loses −0 where it becomes JavaScript."""
    if isinstance(x, list):
        return [number(part) for part in x]
    if isinstance(x, float) and x == 0 and math.copysign(1, x) < 0:
        return '-0'
    if isinstance(x, float) and not math.isfinite(x):
        return {math.inf: 'Infinity', -math.inf: '-Infinity'}.get(x, 'NaN')
    return x


def described(value):
    if isinstance(value, torch.Tensor):
        return {'dtype': DTYPES.get(value.dtype, 'int32'), 'shape': list(value.shape),
                'numbers': number(value.reshape(-1).tolist())}
    if isinstance(value, dict):
        return {'object': [[str(key), described(part)] for key, part in value.items()]}
    if isinstance(value, (list, tuple)):
        return {'list': [described(part) for part in value]}
    if isinstance(value, int) and abs(value) >= 2 ** 53:
        return {'bigint': str(value)}
    return {'value': number(value)}


def saved(value, **options):
    to = io.BytesIO()
    torch.save(value, to, **options)
    return to.getvalue()


def text(content):
    return base64.b64encode(content).decode()


def file(name, value, **options):
    content = saved(value, **options)
    expected = torch.load(io.BytesIO(content), weights_only=False)
    return {'name': name, 'base64': text(content), 'expected': described(expected)}


def refused(name, content, says):
    return {'name': name, 'base64': text(content), 'says': says}


model = torch.nn.Sequential(torch.nn.LSTM(2, 2), torch.nn.Linear(2, 3))
table = torch.arange(24.0).reshape(4, 6) / 4
edges = [0.0, -0.0, 1.5, -2.25, 65504.0, 6e-8, -6.1e-5, math.inf, -math.inf, math.nan]


def trained():
    net = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(net.parameters(), amsgrad=True)
    net(torch.ones(3, 2)).sum().backward()
    optimizer.step()
    return {'model': net.state_dict(), 'optimizer': optimizer.state_dict(), 'epoch': 3,
            'loss': 0.1 + 0.2, 'best': None, 'done': False, 'names': ['ä', 'b\n', '😀'],
            'sizes': (net.weight.shape, (1,), (), (1, 2, 3, 4)),
            'whole': [0, 255, 256, 65536, -1, 2 ** 31, -2 ** 40, 2 ** 70, -2 ** 63],
            '__proto__': {'polluted': True}, 'constructor': 1}


views = {
    'offset': table[1:3], 'transposed': table.t(), 'strided': table[::2, 1::2],
    'column': table[:, 4], 'scalar': table[2, 3], 'none': table[:, 2:2], 'one': table[3:, 5:],
    'turned': table.reshape(2, 2, 6).permute(2, 0, 1),
}
numbers = {
    'half': torch.tensor(edges).half(), 'bfloat16': torch.tensor(edges).bfloat16(),
    'float32': torch.tensor(edges), 'float64': torch.tensor(edges + [1 / 3], dtype=torch.float64),
    'int64': torch.tensor([0, -1, 2 ** 31 - 1, -2 ** 31]),
    'int32': torch.tensor([2 ** 31 - 1, -2 ** 31], dtype=torch.int32),
    'int16': torch.tensor([-300, 300], dtype=torch.int16),
    'int8': torch.tensor([-128, 127], dtype=torch.int8),
    'uint8': torch.tensor([0, 255], dtype=torch.uint8),
    'bool': torch.tensor([[True, False], [False, True]]),
    'turned half': torch.tensor(edges[:4]).half().reshape(2, 2).t(),
    'turned int64': torch.arange(6).reshape(2, 3).t(),
}
one = torch.tensor([1.0, 2.0])
shared = {'first': one, 'second': one, 'list': [one], 'view': one[1:]}

files = [file(f'a state dict, protocol {protocol}', model.state_dict(), pickle_protocol=protocol)
         for protocol in (2, 4, 5)]
files += [file(f'a checkpoint, protocol {protocol}', trained(), pickle_protocol=protocol)
          for protocol in (2, 4, 5)]
files += [
    file('views', views), file('numbers', numbers), file('shared tensors', shared),
    file('a tensor alone', table), file('a parameter', {'p': torch.nn.Parameter(one)}),
    file('more than 256 values', {f'n{i}': float(i) for i in range(300)}),
    file('an empty dict', {}),
]
torch.serialization.set_crc32_options(False)
files.append(file('without checksums', {'a': one}))
torch.serialization.set_crc32_options(True)


def repacked(method, names=lambda name: name):
    """The archive as another program writes it, without zip64."""
    to = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(saved({'a': one})))
    with zipfile.ZipFile(to, 'w', method) as archive:
        for entry in source.infolist():
            archive.writestr(names(entry.filename), source.read(entry))
        archive.comment = b'repacked'
    return to.getvalue()


files.append({'name': 'repacked by zipfile', 'base64': text(repacked(zipfile.ZIP_STORED)),
              'expected': described({'a': one})})


def script():
    to = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), to)
    return to.getvalue()


class Own:
    pass


loop = []
loop.append(loop)
refusals = [
    refused('a whole model', saved(torch.nn.Linear(1, 1)), 'torch.nn.modules.linear.Linear'),
    refused('a whole model, protocol 5', saved(torch.nn.Linear(1, 1), pickle_protocol=5),
            'torch.nn.modules.linear.Linear'),
    refused('a class of the user', saved({'a': Own()}), '__main__.Own'),
    refused('the older format', saved({'a': one}, _use_new_zipfile_serialization=False),
            'the older format'),
    refused('deflated entries', repacked(zipfile.ZIP_DEFLATED), 'compression method 8'),
    refused('TorchScript', script(), 'TorchScript'),
    refused('int64 beyond int32', saved({'net': {'steps': torch.tensor(2 ** 31)}}),
            'net.steps: expected whole numbers that fit int32, got 2147483648'),
    refused('complex numbers', saved({'a': torch.ones(1, dtype=torch.complex64)}),
            'torch.ComplexFloatStorage'),
    refused('uint16', saved({'a': torch.ones(1, dtype=torch.uint16)}),
            'torch._utils._rebuild_tensor_v3'),
    refused('a sparse tensor', saved({'a': torch.eye(2).to_sparse()}),
            'torch._utils._rebuild_sparse_tensor'),
    refused('an expanded tensor', saved({'a': {'b': torch.ones(1).expand(1000)}}),
            'a.b: expected no more numbers than its storage has, 1, got (1000)'),
    refused('a tensor negated when read', saved({'a': torch._neg_view(one)}), 'resolve_neg'),
    refused('a set', saved({'a': {1}}), '__builtin__.set'),
    refused('a set, protocol 4', saved({'a': {1}}, pickle_protocol=4), 'instruction 0x8f'),
    refused('bytes', saved({'a': b'1'}, pickle_protocol=4), 'instruction 0x43'),
    refused('a dtype', saved({'a': torch.float32}), 'torch.float32'),
    refused('a list in itself', saved({'a': loop}), 'a.0: expected values nested'),
    refused('pairs as keys', saved({(1, 2): 3}), 'expected text or whole numbers as keys'),
    refused('1 and text 1 as keys', saved({1: 2, '1': 3}), 'expected each key once, got "1"'),
    refused('a defaultdict', saved(collections.defaultdict(int)),
            'collections.defaultdict'),
]

write(__file__, '../files/torch/files.json', {
    'about': "Files that torch.save wrote, in base64, with what torch.load gives; 'says' is a part "
             'of the message for those that are refused.',
    'made': made(__file__, torch),
    'files': files,
    'refused': refusals,
}, lines)
