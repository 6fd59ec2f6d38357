// What is a request does not depend on how its bytes are grouped, and no accepted request can be
// read in two ways.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_parser.hpp"

namespace {

using net_io::HttpParser;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Read {
  std::unique_ptr<HttpParser> parser = net_io::make_request_parser(2048, 4096);
  std::size_t used = 0;
  bool refused = false;
  bool is_done() const { return !refused && parser->is_done(); }
};

/// Whether put() got further; false also where it refused.
bool step(Read& read, std::string_view waiting) {
  auto used = read.parser->put(waiting);
  read.refused = !used;
  if (!used) return false;
  read.used += *used;
  if (read.parser->is_header_done()) read.parser->read_body();
  return *used > 0;
}

Read read_in_pieces(std::string_view wire, std::size_t piece) {
  Read read;
  for (std::size_t there = 0; there < wire.size() && !read.refused && !read.is_done();) {
    there += std::min(piece, wire.size() - there);
    while (read.used < there && !read.is_done() &&
           step(read, wire.substr(read.used, there - read.used))) {
    }
  }
  return read;
}

void require_one_meaning(const Read& read) {
  const auto& head = read.parser->head();
  auto lengths = net_io::count(head.headers, "Content-Length");
  auto encodings = net_io::count(head.headers, "Transfer-Encoding");
  require(lengths + encodings <= 1);
  require(encodings == 0 || (head.chunked && head.version == 11));
  require(net_io::count(head.headers, "Host") <= 1);
  require(!head.content_length || *head.content_length == read.parser->body().size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view wire(reinterpret_cast<const char*>(data), size);
  std::size_t piece = 1u + (data[0] & 63u);
  wire.remove_prefix(1);
  auto whole = read_in_pieces(wire, wire.size());
  auto pieces = read_in_pieces(wire, piece);
  require(whole.is_done() == pieces.is_done());
  if (!whole.is_done()) return 0;
  require_one_meaning(whole);
  require(whole.used == pieces.used);
  require(whole.parser->head().target == pieces.parser->head().target);
  require(whole.parser->head().headers == pieces.parser->head().headers);
  require(whole.parser->body() == pieces.parser->body());
  return 0;
}
