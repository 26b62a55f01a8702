// The axes of terms: those that an op makes agree are one axis, and have one letter.

export class Dim {
  readonly size: number
  #same: Dim | null = null
  #letter: string | null = null
  #unit: Dim | null = null
  #factors: readonly Dim[] = []

  constructor(size: number, letter: string | null = null) {
    this.size = size
    this.#letter = letter
  }

  /** The axis that neighbouring axes are together. */
  static product(dims: readonly Dim[]): Dim {
    const long = dims.filter(({ size }) => size !== 1)
    if (long.length === 1) return long[0]
    const whole = new Dim(long.reduce((n, { size }) => n * size, 1))
    whole.#factors = long.flatMap((dim) => (dim.factors.length === 0 ? [dim] : dim.factors))
    return whole
  }

  /** The one of those that are one axis that stands for all. */
  get root(): Dim {
    let root: Dim = this
    while (root.#same !== null) root = root.#same
    return root
  }

  is(other: Dim): boolean {
    return this.root === other.root
  }

  /** Makes both one axis, where their sizes agree; axes of size 1 may be repeated, and stay. */
  unify(other: Dim): void {
    const [a, b] = [this.root, other.root]
    if (a === b || a.size !== b.size || a.size === 1) return
    b.#same = a
    a.#letter ??= b.#letter
    a.#unit ??= b.#unit
    if (a.#factors.length === 0) a.#factors = b.#factors
  }

  /** Notes that the axis is cut into parts as long as `part`, from a multiple of its length. */
  cutInto(part: Dim): void {
    const root = this.root
    if (root !== part.root && part.size > 1 && root.size % part.size === 0) root.#unit ??= part
  }

  get letter(): string | null {
    return this.root.#letter
  }

  set letter(letter: string) {
    this.root.#letter = letter
  }

  /** The axis of which this one is a multiple. */
  get unit(): Dim | null {
    return this.root.#unit
  }

  /** The axes that this one is together. */
  get factors(): readonly Dim[] {
    return this.root.#factors
  }

  /** `H`, `4H`, `N T`, or digits. */
  toString(): string {
    const root = this.root
    if (root.#letter !== null) return root.#letter
    if (root.#factors.length > 0) return root.#factors.join(' ')
    const unit = root.#unit?.letter ?? null
    return unit === null ? String(root.size) : `${root.size / (root.#unit as Dim).size}${unit}`
  }
}
