import { dirname, join } from 'node:path';
import ts from 'typescript-5.9';
import { root } from '../package/paths.ts';

/** Checks the types of one changed file of src at a time, against the unchanged others. */
export class TypeChecker {
  readonly #service: ts.LanguageService;
  readonly #changed = new Map<string, string>();
  #version = 0;

  constructor() {
    const path = join(root, 'src/tsconfig.json');
    const { config } = ts.readConfigFile(path, ts.sys.readFile);
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
    const textOf = (name: string) => this.#changed.get(name) ?? ts.sys.readFile(name);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({
        ...options,
        noUnusedLocals: false,
        noUnusedParameters: false,
      }),
      getScriptFileNames: () => fileNames,
      getScriptVersion: (name) => (this.#changed.has(name) ? `${this.#version}` : 'unchanged'),
      getScriptSnapshot: (name) => {
        const text = textOf(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
    });
  }

  /** The first error of the file with this text, or undefined. `file` is relative to the repository. */
  errorOf(file: string, text: string): string | undefined {
    const name = join(root, file);
    this.#changed.clear();
    this.#changed.set(name, text);
    this.#version += 1;
    const [first] = [
      ...this.#service.getSyntacticDiagnostics(name),
      ...this.#service.getSemanticDiagnostics(name),
    ];
    return first && ts.flattenDiagnosticMessageText(first.messageText, '\n');
  }
}
