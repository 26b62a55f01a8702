// Plugin of TypeDoc: puts symbols into sections, one-line examples into blocks, and leaves out what
// is internal. What is said stands in the comments.

import { Comment, CommentTag, Converter, ReferenceType, ReflectionKind } from 'typedoc'

/**
 * The sections of an entry point, and where their symbols are defined; the first that fits counts.
 */
const sections = [
  [/tensor\/ops\/random/, 'Random numbers'],
  [/tensor\/transforms\/(?!pass)/, 'Derivatives'],
  [/tensor\/(define\/(?!operand)|core\/numbers)/, 'Your own ops'],
  [/tensor\/inspect\/(anomaly|named|tape\/)/, 'Looking inside'],
  [/tensor\/engine\/|kernels\//, 'Speed'],
  [/tensor\/core\/errors/, 'Errors'],
  [/tensor\//, 'Tensors'],
  [/layers\/losses/, 'Losses'],
  [/layers\//, 'Layers'],
  [/optim\//, 'Optimisers'],
  [/derive\//, 'Looking inside'],
  [/node\//, 'Checkpoints'],
  [/files\//, 'Files'],
  [/testing\/arbitraries\//, 'Arbitraries'],
  [/testing\/flow\//, 'Looking inside'],
  [/testing\//, 'Checkers'],
]

/** The same for the methods of Tensor. */
const methods = [
  [/ops\/arithmetic/, 'Arithmetic'],
  [/ops\/elementwise/, 'Functions'],
  [/ops\/reduce/, 'Sums and extremes'],
  [/ops\/softmax/, 'Softmax'],
  [/ops\/matmul/, 'Products'],
  [/ops\/shape/, 'Shape'],
  [/ops\/gather/, 'Picking'],
  [/ops\/convert/, 'Conversion'],
  [/transforms\/gradient/, 'Derivatives'],
  [/tensor\//, 'Basics'],
]

/** `expression // value` within a line. */
const example = /^`(.+ \/\/ .+)`$/

/** Whether a type is described here, or elsewhere: not one that this package keeps to itself. */
const isPublic = (type) =>
  type.type !== 'reference' || type.reflection !== undefined || type.package !== 'tapegrad'

/** Where signatures work out shapes. */
const shaped = /src\/(tensor\/(core\/tensor|ops\/)|layers\/)/

/**
 * A type without the shapes the compiler works out: each type parameter is what it extends, a
 * tensor is a Tensor, and refusals are left out.
 */
function plain(type, bounds, operand) {
  const again = (inner) => plain(inner, bounds, operand)
  if (type.type === 'reference') {
    if (type.refersToTypeParameter) return bounds.get(type.name) ?? type
    if (type.name === 'Tensor') type.typeArguments = undefined
    return type.name === 'Other' && !isPublic(type) ? operand : type
  }
  if (type.type === 'array') type.elementType = again(type.elementType)
  if (type.type === 'typeOperator') type.target = again(type.target)
  if (type.type === 'union')
    type.types = type.types.map(again).filter(({ name }) => name !== 'undefined')
  if (type.type === 'intersection') type.types = type.types.filter(isPublic).map(again)
  return type.types?.length === 1 ? type.types[0] : type
}

function withoutShapes(signature, operand) {
  const bounds = new Map()
  for (const { name, type } of signature.typeParameters ?? [])
    if (type) bounds.set(name, plain(type, bounds, operand))
  signature.parameters = signature.parameters?.filter(({ name }) => name !== 'this')
  for (const parameter of signature.parameters ?? [])
    parameter.type = plain(parameter.type, bounds, operand)
  signature.type = plain(signature.type, bounds, operand)
  signature.typeParameters = undefined
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      for (const part of reflection.comment?.summary ?? []) {
        const [, code] = (part.kind === 'code' && example.exec(part.text)) || []
        if (code) part.text = `\n\n\`\`\`ts\n${code}\n\`\`\`\n`
      }
      const { parent } = reflection
      const table =
        parent?.kind === ReflectionKind.Module
          ? sections
          : parent?.kind === ReflectionKind.Class && parent.name === 'Tensor'
            ? methods
            : []
      const { packagePath = '' } = project.getSymbolIdFromReflection(reflection) ?? {}
      const [, section] = table.find(([place]) => place.test(packagePath)) ?? []
      if (!section) continue
      reflection.comment ??= new Comment()
      reflection.comment.blockTags.push(
        new CommentTag('@category', [{ kind: 'text', text: section }]),
      )
    }
  })
  const last = -1000
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      const operand = ReferenceType.createResolvedReference(
        'Operand',
        project.getChildByName(['tapegrad', 'Operand']),
        project,
      )
      for (const reflection of Object.values(project.reflections)) {
        if (reflection.typeParameters && reflection.kind === ReflectionKind.CallSignature) {
          const { packagePath = '' } = project.getSymbolIdFromReflection(reflection.parent) ?? {}
          if (shaped.test(packagePath)) withoutShapes(reflection, operand)
        }
        if (reflection.inheritedFrom?.reflection === undefined) reflection.inheritedFrom = undefined
        if (reflection.implementationOf?.reflection === undefined)
          reflection.implementationOf = undefined
        reflection.implementedTypes = reflection.implementedTypes?.filter(isPublic)
        if (reflection.extendedTypes?.some((type) => !isPublic(type)))
          reflection.typeHierarchy = undefined
      }
    },
    last,
  )
}
