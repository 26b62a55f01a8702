# The first steps of PyTorch's optimisers, and its clip_grad_norm_, for test/optim/pytorch.test.ts;
# it draws the start and the gradients, and knows nothing of the package.
import torch
from torch import nn

from writing import lines, made, write

STEPS = 10
RUNS = [
    ('SGD', {'lr': 0.1}),
    ('SGD', {'lr': 0.1, 'weightDecay': 0.05}),
    ('SGD', {'lr': 0.1, 'momentum': 0.9}),
    ('SGD', {'lr': 0.05, 'momentum': 0.9, 'dampening': 0.5, 'weightDecay': 0.05}),
    ('SGD', {'lr': 0.05, 'momentum': 0.9, 'nesterov': True, 'weightDecay': 0.05}),
    ('Adam', {}),
    ('Adam', {'lr': 0.1, 'betas': [0.5, 0.75], 'eps': 0.01, 'weightDecay': 0.05}),
    ('AdamW', {}),
    ('AdamW', {'lr': 0.1, 'betas': [0.8, 0.9], 'weightDecay': 0.1}),
]

# For each of the two parameters a group: the options of each, those of both, and the factors of
# LambdaLR for each, by step.
GROUPS = [
    ('SGD', [{'lr': 0.1}, {'momentum': 0.5}], {'lr': 0.02, 'momentum': 0.9}, None),
    ('SGD', [{'lr': 0.1, 'momentum': 0.9, 'nesterov': True}, {'lr': 0.05, 'weightDecay': 0.1}], {},
     [[1, 0.5, 0.25], [1, 0.9, 0.81, 0.729]]),
    ('Adam', [{'lr': 0.1, 'weightDecay': 0.05}, {'betas': [0.5, 0.75], 'eps': 0.01}],
     {'lr': 0.01}, [[0, 0.5, 1], [1, 0.5]]),
    ('AdamW', [{'weightDecay': 0.0}, {'lr': 0.1}], {'lr': 0.01, 'weightDecay': 0.2}, None),
]

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
torch.randint(49, (1610,))  # The draws of layers.py, whose seed this is: the two share no numbers.


def draw():
    return [torch.randint(-24, 25, shape) / 16 for shape in ((2, 3), (4,))]


start = draw()
gradients = [draw() for _ in range(STEPS)]
# A parameter without a gradient: before its first step, after it, and the other one of the two.
for step, k in (0, 1), (2, 1), (6, 0):
    gradients[step][k] = None


def parameters():
    return [nn.Parameter(values.clone()) for values in start]


def pythonic(options):
    return {name.replace('weightDecay', 'weight_decay'): v for name, v in options.items()}


def follow(stepped, algorithm, schedule=None):
    trajectory = []
    for given in gradients:
        for p, gradient in zip(stepped, given):
            p.grad = gradient
        algorithm.step()
        if schedule is not None:
            schedule.step()
        trajectory.append([p.tolist() for p in stepped])
    return trajectory


def run(optimizer, options):
    stepped = parameters()
    algorithm = getattr(torch.optim, optimizer)(stepped, **pythonic(options))
    return {'optimizer': optimizer, 'options': options, 'trajectory': follow(stepped, algorithm)}


def run_groups(optimizer, groups, options, factors):
    stepped = parameters()
    algorithm = getattr(torch.optim, optimizer)(
        [{'params': [p], **pythonic(group)} for p, group in zip(stepped, groups)],
        **pythonic(options))
    schedule = factors and torch.optim.lr_scheduler.LambdaLR(
        algorithm, [lambda t, by=by: by[min(t, len(by) - 1)] for by in factors])
    return {'optimizer': optimizer, 'groups': groups, 'options': options, 'factors': factors,
            'trajectory': follow(stepped, algorithm, schedule)}


def clip(maxNorm):
    clipped = parameters()
    for p, gradient in zip(clipped, gradients[1]):
        p.grad = gradient.clone()
    norm = nn.utils.clip_grad_norm_(clipped, maxNorm)
    return {'maxNorm': maxNorm, 'norm': norm, 'gradients': [p.grad for p in clipped]}


write(__file__, '../optim/pytorch.json', {
    'about': 'Reference values computed by PyTorch (CPU, float64): ten steps of each optimiser '
             'from the same start with the same gradients (null: no gradient), and '
             'clip_grad_norm_ of the gradients of the second step; and optimisers with a group for '
             'each parameter, whose learning rates are multiplied by the factors of each step.',
    'made': made(__file__, torch),
    'start': start,
    'gradients': gradients,
    'runs': [run(optimizer, options) for optimizer, options in RUNS],
    'clipGradNorm': [clip(1.5), clip(100.0)],
    'groups': [run_groups(*given) for given in GROUPS],
}, lines)
