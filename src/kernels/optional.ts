// Imports a package that a user may have installed or not, by a name that no bundler can read: it
// would fail to find the package in a program that does not use it.

export function importOptional(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name)
}
