"""Modules: found, parsed and run once; imports and exports."""

import time
from typing import Any

from .. import ir
from .core import LoadedModule, Stop
from .state import Object, Scope, State
from .statements import Statements
from .values import (
    NOTHING,
    UNKNOWN,
    ModuleRef,
    Value,
    constant,
    external,
)


class Loading(Statements):
    """Modules of the own code."""

    def load_module(self, path: str) -> LoadedModule | None:
        """The module in a file, parsed and run once; None when it cannot be read."""
        known = self.modules.get(path)
        if path in self.modules and (known is None or ("module", path) in self.here.cells):
            return known
        if known is None:
            if sum(1 for module in self.modules.values() if module is not None) >= self.limits.files:
                self.incomplete("more files than are read")
                return None
            if time.process_time() > self.deadline:
                raise Stop("the walk took longer than allowed")
            data = b"" if path.endswith("/") else self.tree.read(path)
            if data is None:
                self.modules[path] = None
                self.incomplete(f"{path} could not be read")
                return None
            parsed = self.frontend.parse(path, data)
            for problem in parsed.problems:
                self.incomplete(f"{path}: {problem}")
            number = self.fresh()
            known = LoadedModule(path, parsed, Scope(number, None, None, None), number)
            self.modules[path] = known
        self._run_module(known)
        return known

    def _run_module(self, module: LoadedModule) -> None:
        cells = self.here.cells
        cells[("module", module.path)] = NOTHING
        cells[(module.number, "__name__")] = constant("module")
        cells[(module.number, "__file__")] = constant(module.path)
        if self.frontend.language != "python":
            exports = self.new_object(Object("dict", {}))
            cells[(module.number, "exports")] = exports
            cells[(module.number, "module")] = self.new_object(Object("dict", {"exports": exports}))
        outer = (self.scope, self.module, self.loops, self.frames, self.catchers)
        self.scope, self.module, self.loops, self.frames = module.scope, module, [], []
        raised: list[State] = []
        self.catchers = [raised]
        try:
            self.block(module.tree.body)
        finally:
            self.scope, self.module, self.loops, self.frames, self.catchers = outer
        if self.state is None:
            self.state = self.meet(*raised)
            if self.state is None:
                self.state = State(cells, {})

    def module_value(self, path: str) -> Value:
        """A module as a value, run when it has not been."""
        self.load_module(path)
        return Value(refs=(ModuleRef(path),))

    def module_attribute(self, ref: ModuleRef, name: str) -> Value:
        """A name of a module; its submodule otherwise."""
        loaded = self.modules.get(ref.path)
        if loaded is not None:
            found = self.here.cells.get((loaded.number, name))
            if isinstance(found, Value):
                return found
        if self.frontend.language == "python":
            folder = ref.path.removesuffix("__init__.py").removesuffix("/")
            if ref.path.endswith(("/__init__.py", "/")):
                sub = self.frontend.resolve(self.paths, f"{folder}/__init__.py", name, 1)
                if sub is not None and sub != ref.path:
                    return self.module_value(sub)
            return UNKNOWN
        return self.exported(ref, name)

    def exports_of(self, ref: ModuleRef) -> Value:
        """What a JavaScript module exports as a whole."""
        loaded = self.modules.get(ref.path)
        if loaded is None:
            return UNKNOWN
        module = self.here.cells.get((loaded.number, "module"))
        found = self.objects(module) if isinstance(module, Value) else []
        return found[0].fields.get("exports", UNKNOWN) if found else UNKNOWN

    def exported(self, ref: ModuleRef, name: str) -> Value:
        """One name that a JavaScript module exports; the whole for the default of a module without one."""
        whole = self.exports_of(ref)
        for found in self.objects(whole):
            if name in found.fields:
                return found.fields[name]
        if name == "default":
            return whole
        return self.attribute(whole, name, self.modules[ref.path].tree) if self.modules.get(ref.path) is not None else UNKNOWN  # type: ignore[union-attr]

    def do_import(self, node: ir.Import) -> None:
        """An import statement."""
        path = self.frontend.resolve(self.paths, self.module.path, node.module, node.level)
        if path is None and not node.level:
            self.imports[node.module] = None
        elif path is None:
            self.incomplete(f"{self.module.path}:{node.line}: a module of the package that is imported is not in it")
        if self.frontend.language == "python":
            self._import_python(node, path)
        else:
            self._import_javascript(node, path)

    def _import_python(self, node: ir.Import, path: str | None) -> None:
        if not node.names:
            if not node.top:
                value = self.module_value(path) if path is not None else external(node.module)
            else:
                top = node.module.split(".")[0]
                first = self.frontend.resolve(self.paths, self.module.path, top, 0)
                if path is not None:
                    self.module_value(path)
                value = self.module_value(first) if first is not None else external(top)
            if node.alias:
                self.assign_name(node.alias, value)
            return
        module = self.module_value(path) if path is not None else external(node.module or "." * node.level)
        for binding in node.names:
            if binding.name != "*":
                self.assign_name(binding.alias, self.attribute(module, binding.name, binding))
            elif path is not None:
                self._import_all(path)

    def _import_all(self, path: str) -> None:
        loaded = self.modules.get(path)
        if loaded is None:
            return
        for key, value in list(self.here.cells.items()):
            if isinstance(key, tuple) and key[0] == loaded.number and isinstance(key[1], str) and not key[1].startswith("_"):
                self.assign_name(key[1], value)

    def _import_javascript(self, node: ir.Import, path: str | None) -> None:
        if path is not None:
            module = self.module_value(path)
            ref = ModuleRef(path)
        else:
            module = external(node.module.removeprefix("node:"))
        if node.alias:
            whole = module if path is None or not node.require else self.exports_of(ref)
            self.assign_name(node.alias, whole)
        for binding in node.names:
            if path is not None:
                value = self.exported(ref, binding.name)
            elif binding.name == "default":
                value = module
            else:
                value = self.attribute(module, binding.name, binding)
            if binding.name != "*":
                self.assign_name(binding.alias, value)

    def dynamic_import(self, node: ir.DynamicImport) -> Value:
        """``require(x)`` and ``import(x)``."""
        value = self.value(node.module)
        name = value.single
        if not isinstance(name, str):
            self.dynamic_module(value, node)
            return UNKNOWN
        path = self.frontend.resolve(self.paths, self.module.path, name, 0)
        if path is None:
            self.imports[name] = None
            return external(name.removeprefix("node:"))
        module = self.module_value(path)
        return self.exports_of(ModuleRef(path)) if node.require else module

    def do_export(self, node: ir.Export) -> None:
        """An export of a JavaScript module."""
        number = self.module.number
        if node.module:
            path = self.frontend.resolve(self.paths, self.module.path, node.module, 0)
            if path is not None:
                self.module_value(path)
                for found in self.objects(self.exports_of(ModuleRef(path))):
                    for key, value in found.fields.items():
                        self._export(number, key, value)
            return
        value = self.value(node.value) if node.value is not None else UNKNOWN
        if node.name == "=":
            module = self.here.cells.get((number, "module"))
            if isinstance(module, Value):
                self.store_field(module, "exports", value, node)
            return
        self._export(number, node.name, value)

    def _export(self, number: int, name: Any, value: Value) -> None:
        module = self.here.cells.get((number, "module"))
        for found in self.objects(module) if isinstance(module, Value) else []:
            exports = found.fields.get("exports", UNKNOWN)
            for target in exports.objects():
                made = self.object(target)
                if made is not None:
                    self.here.cells[target] = made.with_field(name, value)
