import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Converter } from "typedoc";

// The API reference: one page for each entry point of each published package, made from the docstrings in the source.

const root = fileURLToPath(new URL("../", import.meta.url));

/** Source file, relative to the root → the name under which it is imported. */
const entries = new Map(
  readdirSync(join(root, "packages"))
    .filter((folder) => existsSync(join(root, "packages", folder, "package.json")))
    .flatMap((folder) => {
      const path = join(root, "packages", folder, "package.json");
      const { name, private: isPrivate, exports = {} } = JSON.parse(readFileSync(path, "utf8"));
      if (isPrivate) return [];
      return Object.entries(exports)
        .filter(([, target]) => target["@counterpoint/source"] !== undefined)
        .map(([subpath, target]) => [
          `packages/${folder}/${target["@counterpoint/source"].slice(2)}`,
          name + subpath.slice(1),
        ]);
    }),
);
if (entries.size === 0) throw new Error("No published package has an entry point.");

/** @param {import("typedoc").Application} app */
function nameModulesAsImported(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile();
    if (file === undefined || reflection.parent !== context.project) return;
    const name = entries.get(relative(root, file.fileName).replaceAll("\\", "/"));
    if (name !== undefined) reflection.name = name;
  });
}

/**
 * Names what a function takes apart, and says what it throws: TypeDoc keeps the type of a `@throws` to itself.
 *
 * @param {import("typedoc").Application} app
 */
function sayWhatIsMeant(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const reflection of Object.values(context.project.reflections)) {
      if (reflection.name === "__namedParameters") reflection.name = "options";
      for (const tag of reflection.comment?.blockTags ?? []) {
        if (tag.tag !== "@throws" || !tag.typeAnnotation) continue;
        const [type] = tag.typeAnnotation.match(/[^{}]+/) ?? [];
        tag.content = [
          { kind: "code", text: `\`${type}\`` },
          { kind: "text", text: " " },
          ...tag.content,
        ];
      }
    }
  });
}

export default {
  name: "API",
  entryPoints: [...entries.keys()].map((path) => join(root, path)),
  tsconfig: "tsconfig.typedoc.json",
  out: "reference/api",
  docsRoot: ".",
  plugin: [
    "typedoc-plugin-markdown",
    "typedoc-vitepress-theme",
    nameModulesAsImported,
    sayWhatIsMeant,
  ],
  readme: "none",
  outputFileStrategy: "modules",
  flattenOutputFiles: false,
  entryFileName: "index",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideSources: true,
  },
  sourceLinkTemplate:
    "https://github.com/counterpoint/counterpoint/blob/main/packages/{path}#L{line}",
  disableGit: true,
  basePath: root,
  sort: ["kind", "alphabetical"],
  groupOrder: ["Functions", "Classes", "Interfaces", "*"],
  parametersFormat: "table",
  propertiesFormat: "table",
  useCodeBlocks: true,
  preservedTypeAnnotationTags: ["@throws"],
  sidebar: { pretty: true },
  treatWarningsAsErrors: false,
  logLevel: "Warn",
};
