#include <algorithm>
#include <vector>

#include "json/dom.hpp"

namespace json {

namespace {

using detail::Cell;
using detail::Kind;
using detail::Tape;

/// Walks two values side by side, each container once.
class Comparison {
 public:
  Comparison(const Tape& left, const Tape& right) : left_(left), right_(right) {}

  bool equal(std::uint32_t i, std::uint32_t j) const {
    const auto& a = left_.cells[i];
    const auto& b = right_.cells[j];
    if (a.kind != b.kind) return false;
    if (a.kind == Kind::array) return a.length == b.length && items(i, j);
    if (a.kind == Kind::object) return a.length == b.length && members(i, j);
    return same_text(a, b);
  }

 private:
  using Member = std::pair<std::string_view, std::uint32_t>;  ///< name, and where its value is

  bool items(std::uint32_t i, std::uint32_t j) const {
    auto left = left_.cells[i].length;
    for (++i, ++j; left > 0; --left, i = left_.cells[i].next, j = right_.cells[j].next) {
      if (!equal(i, j)) return false;
    }
    return true;
  }

  bool members(std::uint32_t i, std::uint32_t j) const {
    if (!same_names(i, j)) return members_in_any_order(i, j);
    auto left = left_.cells[i].length;
    for (i += 2, j += 2; left > 0;
         --left, i = left_.cells[i].next + 1, j = right_.cells[j].next + 1) {
      if (!equal(i, j)) return false;
    }
    return true;
  }

  bool same_names(std::uint32_t i, std::uint32_t j) const {
    auto left = left_.cells[i].length;
    for (++i, ++j; left > 0; --left, i = left_.cells[i + 1].next, j = right_.cells[j + 1].next) {
      if (!same_text(left_.cells[i], right_.cells[j])) return false;
    }
    return true;
  }

  bool members_in_any_order(std::uint32_t i, std::uint32_t j) const {
    const auto ours = sorted(left_, i);
    const auto theirs = sorted(right_, j);
    if (std::ranges::adjacent_find(ours, {}, &Member::first) != ours.end()) return false;
    return std::ranges::equal(ours, theirs, [this](const Member& a, const Member& b) {
      return a.first == b.first && equal(a.second, b.second);
    });
  }

  static std::vector<Member> sorted(const Tape& tape, std::uint32_t at) {
    std::vector<Member> members;
    auto left = tape.cells[at].length;
    members.reserve(left);
    for (++at; left > 0; --left, at = tape.cells[at + 1].next)
      members.emplace_back(text(tape, tape.cells[at]), at + 1);
    std::ranges::sort(members, {}, &Member::first);
    return members;
  }

  bool same_text(const Cell& a, const Cell& b) const {
    return a.length == b.length && text(left_, a) == text(right_, b);
  }
  static std::string_view text(const Tape& tape, const Cell& cell) {
    return {tape.text.data() + cell.offset, cell.length};
  }

  const Tape& left_;
  const Tape& right_;
};

}  // namespace

bool equal(DomNode a, DomNode b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  return Comparison(*a.tape_, *b.tape_).equal(a.cell_, b.cell_);
}

}  // namespace json
