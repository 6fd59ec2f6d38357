#include "net/http_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace net_io {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr std::size_t kHeader = 200, kBody = 20;

/// Feeds `wire` in pieces of `piece` bytes as a connection would; the status of the refusal, 0
/// where it is fine.
int feed(HttpParser& parser, const std::string& wire, std::size_t piece) {
  std::string waiting;
  for (std::size_t at = 0; at < wire.size() && !parser.is_done(); at += piece) {
    waiting += wire.substr(at, piece);
    for (bool moves = true; moves && !waiting.empty() && !parser.is_done();) {
      auto used = parser.put(waiting);
      if (!used) return used.error().code;
      waiting.erase(0, *used);
      moves = *used > 0;
      if (parser.is_header_done()) parser.read_body();
    }
  }
  return parser.is_done() || parser.put_end() ? 0 : 1;
}

class AnyPiece : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(HttpParser, AnyPiece, testing::Values(1, 2, 3, 7, 50, 100'000));

TEST_P(AnyPiece, ReadsARequestWithLength) {
  auto parser = make_request_parser(kHeader, kBody);
  ASSERT_EQ(feed(*parser, "PUT /a?b HTTP/1.1\r\nHost: x\r\nB:  2 \r\nContent-Length: 3\r\n\r\nabc",
                 GetParam()),
            0);
  EXPECT_EQ(parser->head().method, "PUT");
  EXPECT_EQ(parser->head().target, "/a?b");
  EXPECT_EQ(parser->head().content_length, 3u);
  EXPECT_TRUE(parser->head().keep_alive);
  EXPECT_THAT(parser->head().headers,
              ElementsAre(Pair("Host", "x"), Pair("B", "2"), Pair("Content-Length", "3")));
  EXPECT_EQ(parser->body(), "abc");
}

TEST_P(AnyPiece, ReadsChunksAndDropsTrailers) {
  auto parser = make_request_parser(kHeader, kBody);
  ASSERT_EQ(feed(*parser,
                 "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n",
                 GetParam()),
            0);
  EXPECT_EQ(parser->body(), "abcde");
  EXPECT_EQ(count(parser->head().headers, "x-trailer"), 0u);
}

TEST_P(AnyPiece, ReadsABodyOfNoChunks) {
  auto parser = make_request_parser(kHeader, kBody);
  ASSERT_EQ(feed(*parser,
                 "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "0\r\nX-Trailer: 1\r\n\r\n",
                 GetParam()),
            0);
  EXPECT_EQ(parser->body(), "");
}

TEST_P(AnyPiece, LimitsHeadersHoweverTheyArrive) {
  std::string start = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  for (std::size_t over : {0u, 1u}) {
    auto parser = make_request_parser(kHeader, kBody);
    std::string filler(kHeader - start.size() - 4 + over, 'x');
    EXPECT_EQ(feed(*parser, start + filler + "\r\n\r\n", GetParam()), over == 0 ? 0 : 431);
  }
  auto parser = make_request_parser(kHeader, kBody);
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  EXPECT_EQ(feed(*parser, many, GetParam()), 431);
}

TEST_P(AnyPiece, LimitsBodies) {
  std::string head = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  auto exact = make_request_parser(kHeader, 5);
  EXPECT_EQ(feed(*exact, head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", GetParam()), 0);
  auto over = make_request_parser(kHeader, 5);
  EXPECT_EQ(feed(*over, head + "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n", GetParam()), 413);
  auto vast = make_request_parser(kHeader, 5);
  EXPECT_EQ(feed(*vast, head + "ffffffffffffffff\r\n", GetParam()), 413);
}

TEST_P(AnyPiece, ReadsAResponseUntilTheEnd) {
  auto parser = make_response_parser(kHeader, kBody, false);
  ASSERT_EQ(feed(*parser, "HTTP/1.1 200 OK\r\nA: b\r\n\r\nall of it", GetParam()), 0);
  EXPECT_EQ(parser->head().status, 200);
  EXPECT_FALSE(parser->head().keep_alive);
  EXPECT_EQ(parser->body(), "all of it");
}

TEST(HttpParser, StopsBehindTheMessage) {
  auto parser = make_response_parser(kHeader, kBody, false);
  std::string wire = "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200";
  auto used = parser->put(wire);
  ASSERT_TRUE(used);
  EXPECT_EQ(wire.substr(*used), "HTTP/1.1 200");
  EXPECT_TRUE(parser->is_done());
}

TEST(HttpParser, TheAnswerToHeadHasALengthAndNoBody) {
  auto parser = make_response_parser(kHeader, kBody, true);
  EXPECT_EQ(feed(*parser, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 1000), 0);
  EXPECT_TRUE(parser->is_done());
}

TEST(HttpParser, KnowsAnEndThatComesTooEarly) {
  for (const char* half : {"HTTP/1.1 2", "HTTP/1.1 200 OK\r\nA: b\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab"}) {
    auto parser = make_response_parser(kHeader, kBody, false);
    EXPECT_EQ(feed(*parser, half, 5), 1) << half;
  }
  auto nothing = make_response_parser(kHeader, kBody, false);
  EXPECT_FALSE(nothing->put_end());
}

TEST(HttpParser, KnowsReasons) {
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
}

}  // namespace
}  // namespace net_io
