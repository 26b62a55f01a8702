// The public entry point tapegrad/testing: re-exports, nothing else.

/**
 * The public entry point tapegrad/testing: checkers of gradients, modules and optimisers,
 * arbitraries for their inputs, and how gradients flow; re-exports, nothing else.
 *
 * @module tapegrad/testing
 */

export {
  type BroadcastableOptions,
  broadcastableShapes,
  type ShapesOptions,
  shapes,
  type TensorOfOptions,
  tensorOf,
  type Values,
} from './arbitraries/arbitraries.ts'
export type { ProgramOp } from './arbitraries/forms.ts'
export { type Program, type ProgramsOptions, programs, type Step } from './arbitraries/programs.ts'
export { checkExactly } from './exact/exactly.ts'
export type { CheckExactlyOptions, ExactOps, ExactReport } from './exact/settings.ts'
export { type Connectivity, type ConnectivityOptions, connectivity } from './flow/connectivity.ts'
export {
  type GradientFlow,
  gradientFlow,
  type ParameterFlow,
  type StateFlow,
} from './flow/gradientFlow.ts'
export { heatMap } from './flow/picture.ts'
export type { ConnectivityNorms } from './flow/scale.ts'
export type { SequenceModel } from './flow/sequences.ts'
export type { Deviation } from './grade/compare.ts'
export type { Student } from './grade/exam.ts'
export { type GradeOptions, grade } from './grade/grade.ts'
export type { FoundMistake, Grade, Graded, GradeFields } from './grade/report.ts'
export { type AgainstReport, type CheckAgainstOptions, checkAgainst } from './gradients/against.ts'
export type { Model, Reference } from './gradients/evaluation.ts'
export { type CheckForwardModeOptions, checkForwardMode } from './gradients/forward.ts'
export { checkGradients } from './gradients/gradients.ts'
export type { Checked } from './gradients/point.ts'
export type { CheckGradientsOptions } from './gradients/settings.ts'
export {
  type ClosenessOptions,
  type TensorMatchers,
  tensorEquality,
  tensorMatchers,
} from './matchers.ts'
export { checkModule } from './modules/module.ts'
export {
  type CheckOptimizerOptions,
  checkOptimizer,
  type OptimizerReport,
} from './modules/optimizer.ts'
export type { OptimizerReference, Stepper } from './modules/optimizerLaws.ts'
export type { CheckModuleOptions, ModuleReport, ParameterReport } from './modules/settings.ts'
export { CheckError, type Finding, type Report } from './report.ts'
