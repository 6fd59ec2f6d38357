#pragma once

#include <expected>
#include <utility>

#include "base/error.hpp"

namespace base {

/// What the world does comes back as a value; exceptions are for bugs.
template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace base

#define BASE_JOIN_(a, b) a##b
#define BASE_JOIN(a, b) BASE_JOIN_(a, b)
#define BASE_TRY_AS_(name, leave, declaration, ...)          \
  auto name = (__VA_ARGS__);                                 \
  if (!name) leave std::unexpected(std::move(name).error()); \
  declaration = *std::move(name)

/// TRY(auto x, f()): x is the value of f(), or this function returns f()'s error.
#define TRY(declaration, ...) \
  BASE_TRY_AS_(BASE_JOIN(tried_, __LINE__), return, declaration, __VA_ARGS__)
/// The same inside a coroutine. Await first, into a named result, where the call makes anything.
#define CO_TRY(declaration, ...) \
  BASE_TRY_AS_(BASE_JOIN(tried_, __LINE__), co_return, declaration, __VA_ARGS__)
/// For Result<void>: go on, or return its error.
#define TRY_VOID(...) \
  if (auto tried_ = (__VA_ARGS__); !tried_) return std::unexpected(std::move(tried_).error())
#define CO_TRY_VOID(...) \
  if (auto tried_ = (__VA_ARGS__); !tried_) co_return std::unexpected(std::move(tried_).error())
