// The backward pass of a cell of one's own, written by the tape: npm run example derive [latex].
import { Command } from 'commander'
import { Linear, Module, named, type Tensor } from 'tapegrad'
import { derive } from 'tapegrad/derive'

const command = new Command('npm run example derive --')
  .description('The equations of a minimal gated unit and of its backward pass.')
  .argument('[form]', "'text' or 'latex'", 'text')
  .showHelpAfterError()
  .parse()
const [form] = command.processedArgs as [string]
if (form !== 'text' && form !== 'latex')
  command.error(`error: argument '${form}' is invalid. Allowed choices are text, latex.`, {
    exitCode: 2,
  })

/**
 * The minimal gated unit (Zhou et al. 2016, "Minimal gated unit for recurrent neural networks"): one
 * gate f, which both forgets and resets.
 */
class MinimalGatedUnit extends Module {
  readonly inputSize = 3
  readonly stateSize = { h: 4 }
  x = { f: new Linear(3, 4), n: new Linear(3, 4) }
  h = { f: new Linear(4, 4, { bias: false }), n: new Linear(4, 4, { bias: false }) }

  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    const f = named('f', this.x.f.forward(x).add(this.h.f.forward(h)).sigmoid())
    const m = named('m', f.mul(h))
    const n = named('n', this.x.n.forward(x).add(this.h.n.forward(m)).tanh())
    return { h: h.add(f.mul(n.sub(h))) }
  }
}

const derivation = derive(new MinimalGatedUnit())
console.log(form === 'latex' ? derivation.toLaTeX() : String(derivation))
