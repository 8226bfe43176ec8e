#pragma once

/// \file
/// Two modules made one: what the first imports from the second becomes a direct use of what the second defines.
///
/// The result does what instances of both in one store would, the second made first; but all segments are there
/// before a start function runs. Everything that is done with a module is done with it: one counter of gas, one
/// limit, one snapshot. Names of functions are kept, those of the library as `library.function`; other custom
/// sections are the first module's, without those that speak of offsets.
///
/// Thread rule: a pure function.

#include <string_view>

#include <synapsed/error.hpp>
#include <synapsed/value.hpp>

#include "bytecode/module.hpp"

namespace synapsed::bytecode {

/// `into` with `library` in it, which `into` imports as `name`. Both must be valid. The library may import nothing;
/// it must have no garbage-collected types and no tags. Errors: `call.unknown_export`, `call.import_mismatch` for an
/// import that is of another type, `call.unsupported_type` for what cannot be merged, `load.invalid_module`.
[[nodiscard]] Result<Bytes> merge(const Module& into, std::string_view name, const Module& library);

}  // namespace synapsed::bytecode
