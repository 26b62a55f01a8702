// Packages that a user may have installed or not. They are imported by a name that no bundler can
// read, or it would fail to find them in a program that never asks.

export function importOptional(name: string): Promise<unknown> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name)
}
