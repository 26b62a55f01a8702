// The type of the npm package `dinosaurs`, which brings none.
declare module 'dinosaurs' {
  const names: string[]
  export default names
}
