// What an import of a .wasm file gives where a runtime or a bundler compiles it: a
// WebAssembly.Module. Only workerd.ts has such imports.

declare module '*.wasm' {
  const module: object
  export default module
}
