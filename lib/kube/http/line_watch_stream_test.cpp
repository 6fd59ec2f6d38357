#include "kube/http/line_watch_stream.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace kube {
namespace {

using Kind = base::Error::Kind;

class FakeStream final : public net_io::HttpStream {
 public:
  FakeStream(std::deque<std::string> pieces, std::optional<base::Error> error)
      : pieces_(std::move(pieces)), error_(std::move(error)) {}
  int status() const override { return 200; }
  const net_io::Headers& headers() const override { return headers_; }
  Task<base::Result<std::string>> read_some(Deadline) override {
    if (pieces_.empty() && error_) co_return base::fail(*error_);
    if (pieces_.empty()) co_return std::string();
    std::string piece = std::move(pieces_.front());
    pieces_.pop_front();
    co_return piece;
  }

 private:
  std::deque<std::string> pieces_;
  std::optional<base::Error> error_;
  net_io::Headers headers_;
};

struct Outcome {
  std::vector<std::string> names;
  std::optional<base::Error> error;
};

Task<int> read_all(LineWatchStream* stream, Outcome* outcome) {
  while (true) {
    auto event = co_await stream->next(Deadline::never());
    if (!event) outcome->error = event.error();
    if (!event || !*event) co_return 0;
    outcome->names.push_back((*event)->object.name());
  }
}

Outcome outcome_of(std::deque<std::string> pieces, std::optional<base::Error> error = {}) {
  LineWatchStream stream(kinds::kSecret,
                         std::make_unique<FakeStream>(std::move(pieces), std::move(error)));
  Outcome outcome;
  net_io::Loop loop;
  net_io::run(loop, read_all(&stream, &outcome));
  return outcome;
}

std::string line(const std::string& name) {
  return "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"" + name + "\"}}}\n";
}

TEST(LineWatchStream, GivesTheEventsAndThenTheEnd) {
  const auto outcome = outcome_of({line("a") + line("b"), line("c")});
  EXPECT_EQ(outcome.names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(outcome.error);
}

TEST(LineWatchStream, PutsSlicedLinesTogether) {
  const std::string text = line("gr\xC3\xBC\xC3\x9F\x65") + line("b");
  std::deque<std::string> bytes;
  for (const char byte : text) bytes.emplace_back(1, byte);
  EXPECT_EQ(outcome_of(bytes).names, (std::vector<std::string>{"gr\xC3\xBC\xC3\x9F\x65", "b"}));
}

TEST(LineWatchStream, ABrokenConnectionComesAfterTheLinesBeforeIt) {
  const auto outcome = outcome_of({line("a"), "{\"type\""}, base::transient("reset by peer"));
  EXPECT_EQ(outcome.names, std::vector<std::string>{"a"});
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(outcome.error->is(Kind::transient));
  EXPECT_EQ(outcome.error->what, "watch secrets: reset by peer");
}

TEST(LineWatchStream, AnEndWithinALineIsNoEndInOrder) {
  const auto outcome = outcome_of({line("a"), "{\"type\""});
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(outcome.error->is(Kind::transient));
}

TEST(LineWatchStream, ALineThatIsTooLongComesAfterThoseBeforeIt) {
  const auto outcome = outcome_of({line("a") + std::string(watch::LineDecoder::kLimit + 1, ' ')});
  EXPECT_EQ(outcome.names, std::vector<std::string>{"a"});
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(outcome.error->is(Kind::invalid));
}

TEST(LineWatchStream, AnErrorEventIsAnError) {
  const auto outcome = outcome_of(
      {line("a") +
       R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","code":410,"reason":"Expired"}})" +
       "\n"});
  EXPECT_EQ(outcome.names, std::vector<std::string>{"a"});
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(outcome.error->is(Kind::gone));
}

TEST(LineWatchStream, WhatIsNoEventIsAnError) {
  const auto outcome = outcome_of({"<html>\n"});
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(outcome.error->is(Kind::invalid));
}

}  // namespace
}  // namespace kube
