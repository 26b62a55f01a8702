# How the scripts of this folder write their JSON files, and with which versions in them; it
# computes nothing.
import json
import platform
import textwrap
from pathlib import Path

WIDTH = 160


def write(script, path, content, form):
    """Writes what script computed to path, seen from this folder, as the text that form makes."""
    numbers = json.loads(json.dumps(content, default=lambda array: array.tolist()))
    (Path(__file__).parent / path).write_text(form(numbers) + '\n')
    print(f'{Path(script).name} wrote {path}')


def made(script, *modules):
    """What computed the numbers, for a file's key `made`, which no test reads."""
    versions = {module.__name__: module.__version__ for module in modules}
    by = f'test/reference/{Path(script).name}'
    return {'by': by, 'python': platform.python_version(), **versions}


def one_line(value):
    if isinstance(value, dict) and value:
        return '{ ' + ', '.join(f'"{key}": {one_line(part)}' for key, part in value.items()) + ' }'
    if isinstance(value, list):
        return '[' + ', '.join(map(one_line, value)) + ']'
    return json.dumps(value, ensure_ascii=False)


def lines(value, indent='', before=0):
    """On one line what fits, after `before` other characters; lists of numbers fill their lines."""
    line = one_line(value)
    if not isinstance(value, (dict, list)) or before + len(line) < WIDTH:
        return line
    inner = indent + '  '
    if isinstance(value, dict):
        names = [f'{inner}"{key}": ' for key in value]
        parts = [name + lines(part, inner, len(name)) for name, part in zip(names, value.values())]
    elif isinstance(value[0], (int, float)):
        parts = [textwrap.fill(line[1:-1], WIDTH, initial_indent=inner, subsequent_indent=inner,
                               break_on_hyphens=False)]
    else:
        parts = [inner + lines(part, inner, len(inner)) for part in value]
    start, end = line[0], line[-1]
    return f'{start}\n' + ',\n'.join(parts) + f'\n{indent}{end}'
