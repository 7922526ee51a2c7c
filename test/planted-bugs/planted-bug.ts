/** A plausible mistake: one place of the library, and the text that replaces it. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  /** Is found exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** A test of the copied tree that is the bug's last check. */
  readonly test?: string;
  /** The title of the model test that is the bug's only check. */
  readonly model?: string;
  /** A test in a real Firefox that is the bug's only check. It runs with `--real`. */
  readonly real?: string;
}
