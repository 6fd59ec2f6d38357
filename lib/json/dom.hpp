#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/codec.hpp"
#include "json/limits.hpp"

namespace json {

namespace detail {

enum class Kind : std::uint8_t { null, no, yes, number, string, array, object };

/// One value, or one key. Containers are followed by their members (key, value, key, value ...) or
/// items; `next` is the first cell after all of them.
struct Cell {
  std::uint32_t offset;  ///< where the text of a string or number begins, unescaped in place
  std::uint32_t length;  ///< of the text; or how many members or items
  std::uint32_t next;
  Kind kind;
};

struct Tape {
  std::string text;
  std::unique_ptr<Cell[]> cells;
  std::size_t room = 0;  ///< for so many of them; what is not used has no memory behind it
  bool has_escapes = false;
};

}  // namespace detail

/// Memory of documents that are gone, for the next ones: without it a large document costs page
/// faults each time. For one thread; outlives the documents that were made with it.
class DomPool {
 public:
  /// Two of a loop's requests rarely are in work at once; what a huge one needed is given back.
  static constexpr std::size_t kMost = 4;
  static constexpr std::size_t kMostRoom = 64u << 10;

 private:
  friend class Dom;
  std::unique_ptr<detail::Tape> take();
  void put(std::unique_ptr<detail::Tape> tape);
  std::vector<std::unique_ptr<detail::Tape>> free_;
};

class DomNode;

/// Whether both say the same: members in any order, numbers by their text. False where names differ
/// in order and one came twice, which makes it a matter of opinion.
bool equal(DomNode a, DomNode b);

/// A place in a Dom, with the interface of ValueNode; as good as a pointer: valid while its Dom
/// lives (the Dom may move). Duplicate members are all there, in their order: whoever reads
/// decides.
class DomNode {
 public:
  DomNode() = default;  ///< null
  DomNode(const detail::Tape& tape, std::uint32_t cell) : tape_(&tape), cell_(cell) {}

  bool is_null() const { return kind() == detail::Kind::null; }
  bool is_object() const { return kind() == detail::Kind::object; }
  bool is_array() const { return kind() == detail::Kind::array; }
  std::optional<std::string_view> string() const { return text(detail::Kind::string); }
  std::optional<std::string_view> number_text() const { return text(detail::Kind::number); }
  std::optional<bool> boolean() const {
    if (kind() == detail::Kind::yes) return true;
    return kind() == detail::Kind::no ? std::optional(false) : std::nullopt;
  }
  std::size_t size() const { return is_array() ? cell().length : 0; }

  template <class F>
  void each_member(F&& visit) const {
    if (!is_object()) return;
    for (std::uint32_t left = cell().length, at = cell_ + 1; left > 0; --left) {
      visit(text_of(tape_->cells[at]), DomNode(*tape_, at + 1));
      at = tape_->cells[at + 1].next;
    }
  }
  template <class F>
  void each_item(F&& visit) const {
    if (!is_array()) return;
    std::uint32_t at = cell_ + 1;
    for (std::size_t i = 0; i < cell().length; ++i) {
      visit(i, DomNode(*tape_, at));
      at = tape_->cells[at].next;
    }
  }

  /// The last member of that name, null where there is none.
  DomNode at(std::string_view key) const;
  /// Duplicates as Duplicates::last_wins.
  Value to_value() const;
  /// Whether any string of the document was written with escapes; without, all of them are as they
  /// were written.
  bool has_escapes() const { return tape_ && tape_->has_escapes; }
  /// Where the text of this string or number begins in the document.
  std::size_t offset() const { return tape_ ? cell().offset : 0; }
  /// The same of a key that each_member() gave.
  std::size_t offset_of(std::string_view key) const {
    return tape_ ? static_cast<std::size_t>(key.data() - tape_->text.data()) : 0;
  }

 private:
  friend bool equal(DomNode a, DomNode b);
  const detail::Cell& cell() const { return tape_->cells[cell_]; }
  detail::Kind kind() const { return tape_ ? cell().kind : detail::Kind::null; }
  std::string_view text_of(const detail::Cell& cell) const {
    return {tape_->text.data() + cell.offset, cell.length};
  }
  std::optional<std::string_view> text(detail::Kind wanted) const {
    return kind() == wanted ? std::optional(text_of(cell())) : std::nullopt;
  }

  const detail::Tape* tape_ = nullptr;
  std::uint32_t cell_ = 0;
};

/// A document parsed in place: 16 bytes for each value and key beside the text itself, no
/// allocation for any of them, nothing that recurses. For the hot path of the webhook.
class Dom {
 public:
  /// Errors are `invalid`, with the offset, and quote nothing of the text.
  static base::Result<Dom> parse(std::string text, const Limits& limits = {},
                                 DomPool* pool = nullptr);
  Dom(Dom&&) = default;
  Dom& operator=(Dom&& other) noexcept {
    std::swap(tape_, other.tape_);
    std::swap(pool_, other.pool_);
    return *this;
  }
  ~Dom();
  DomNode root() const { return {*tape_, 0}; }

 private:
  Dom(std::unique_ptr<detail::Tape> tape, DomPool* pool) : tape_(std::move(tape)), pool_(pool) {}
  std::unique_ptr<detail::Tape> tape_;
  DomPool* pool_;
};

/// decode() straight from the parsed text. With Unknown::reject duplicate fields are problems, else
/// the last one wins and maps are merged.
template <class T>
Decoded<T> decode(DomNode from, Unknown unknown = Unknown::keep, base::FieldPath root = {}) {
  return detail::decode_node<T>(from, unknown, std::move(root));
}

/// A subtree as it stands, for whoever learns its type later. Valid as long as the Dom.
template <>
struct Codec<DomNode> {
  static void read(const Cursor<DomNode>& at, DomNode& out) { out = at.node(); }
  /// Read again because members came twice: there is nothing left to point to.
  static void read(const Cursor<ValueNode>& at, DomNode&) { at.fail("duplicate fields around it"); }
};

}  // namespace json
