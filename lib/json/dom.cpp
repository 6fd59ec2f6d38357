#include "json/dom.hpp"

#include <algorithm>
#include <limits>

#include "json/reader.hpp"
#include "json/resolve_duplicates.hpp"

namespace json {

namespace {

void shrink(detail::Tape& tape) {
  const std::size_t used = tape.cells[0].next;
  auto cells = std::make_unique_for_overwrite<detail::Cell[]>(used);
  std::copy_n(tape.cells.get(), used, cells.get());
  tape.cells = std::move(cells);
  tape.room = used;
}

}  // namespace

std::unique_ptr<detail::Tape> DomPool::take() {
  if (free_.empty()) return std::make_unique<detail::Tape>();
  auto tape = std::move(free_.back());
  free_.pop_back();
  return tape;
}

void DomPool::put(std::unique_ptr<detail::Tape> tape) {
  std::string().swap(tape->text);
  if (free_.size() < kMost && tape->room <= kMostRoom) free_.push_back(std::move(tape));
}

Dom::~Dom() {
  if (pool_ != nullptr && tape_) pool_->put(std::move(tape_));
}

base::Result<Dom> Dom::parse(std::string text, const Limits& limits, DomPool* pool) {
  TRY_VOID(check_size(text.size(), limits));
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kSlack)
    return base::fail(base::invalid("document is larger than 4 GiB"));
  const auto size = text.size();
  Dom dom(pool != nullptr ? pool->take() : std::make_unique<detail::Tape>(), pool);
  dom.tape_->text = std::move(text);
  dom.tape_->text.append(kSlack, '\0');
  TRY_VOID(read_tape(*dom.tape_, size, limits));
  if (pool == nullptr) shrink(*dom.tape_);  // it may stay for long
  return dom;
}

DomNode DomNode::at(std::string_view key) const {
  DomNode found;
  each_member([&](std::string_view name, DomNode value) {
    if (name == key) found = value;
  });
  return found;
}

Value DomNode::to_value() const { return resolve_duplicates(*this); }

}  // namespace json
