#include "json/dom.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <limits>

#include "json/resolve_duplicates.hpp"
#include "json/surrogates.hpp"

namespace json {
namespace {

using detail::Cell;
using detail::Kind;

/// RapidJSON's SIMD loops read whole aligned blocks of 16 bytes, past the NUL that ends the text.
constexpr std::size_t kPadding = 16;

/// Without kParseValidateEncodingFlag, which looks at every letter alone: check_limits() has done
/// that by words.
constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag |
                            rapidjson::kParseNumbersAsStringsFlag;

/// RapidJSON's events, written down as cells. Only numbers as text arrive.
class Recorder {
 public:
  explicit Recorder(detail::Tape& tape) : tape_(tape) {}

  bool Null() { return add(Kind::null); }
  bool Bool(bool value) { return add(value ? Kind::yes : Kind::no); }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    return add(Kind::number, text, length);
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    return add(Kind::string, text, length);
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    return add(Kind::string, text, length);
  }
  bool StartObject() { return start(Kind::object); }
  bool StartArray() { return start(Kind::array); }
  bool EndObject(rapidjson::SizeType count) { return end(count); }
  bool EndArray(rapidjson::SizeType count) { return end(count); }

 private:
  std::uint32_t count() const { return static_cast<std::uint32_t>(tape_.cells.size()); }

  bool add(Kind kind, const char* text = nullptr, std::uint32_t length = 0) {
    const auto offset = text ? static_cast<std::uint32_t>(text - tape_.text.data()) : 0;
    tape_.cells.push_back({.offset = offset, .length = length, .next = count() + 1, .kind = kind});
    return true;
  }
  bool start(Kind kind) {
    open_.push_back(count());
    return add(kind);
  }
  bool end(std::uint32_t length) {
    Cell& cell = tape_.cells[open_.back()];
    open_.pop_back();
    cell.length = length;
    cell.next = count();
    return true;
  }

  detail::Tape& tape_;
  std::vector<std::uint32_t> open_;
};

base::Result<> record(detail::Tape& tape) {
  rapidjson::Reader reader;
  rapidjson::InsituStringStream stream(tape.text.data());
  Recorder recorder(tape);
  const auto outcome = reader.Parse<kFlags>(stream, recorder);
  if (!outcome.IsError()) return {};
  return base::fail(base::invalid(std::string("not JSON: ") +
                                  rapidjson::GetParseError_En(outcome.Code()) + " At offset " +
                                  std::to_string(outcome.Offset()) + "."));
}

}  // namespace

base::Result<Dom> Dom::parse(std::string text, const Limits& limits) {
  TRY_VOID(check_limits(text, limits));
  if (text.size() > std::numeric_limits<std::uint32_t>::max() - kPadding)
    return base::fail(base::invalid("document is larger than 4 GiB"));
  replace_lone_surrogates(text);
  auto tape = std::make_unique<detail::Tape>();
  tape->text = std::move(text);
  tape->text.append(kPadding, '\0');
  TRY_VOID(record(*tape));
  return Dom(std::move(tape));
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
