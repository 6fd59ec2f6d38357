// 7 MiB of the worst that was found, and of the best: what it costs to say no, and what to say yes.
#include <benchmark/benchmark.h>

#include <string>

#include "json/dom.hpp"
#include "json/limits.hpp"
#include "json/parse.hpp"

namespace json {
namespace {

constexpr std::size_t kBig = 7u << 20;

/// `first`, then `middle` as often as it fits, then `last`: 7 MiB in all or a little less.
std::string filled(std::string_view first, std::string_view middle, std::string_view last) {
  std::string text(first);
  text.reserve(kBig);
  while (text.size() + middle.size() + last.size() <= kBig) text += middle;
  return text.append(last);
}

/// Every bomb is refused within this; `make bench` fails where one is not.
constexpr double kBarMs = 20;

void refuse(benchmark::State& state, const std::string& text) {
  state.counters["bar_ms"] = kBarMs;
  for (auto _ : state) {
    auto dom = Dom::parse(text);
    if (dom) state.SkipWithError("was accepted");
    benchmark::DoNotOptimize(dom);
  }
}

void read_dom(benchmark::State& state, const std::string& text) {
  DomPool pool;
  for (auto _ : state) {
    auto dom = Dom::parse(text, {}, &pool);
    if (!dom) state.SkipWithError("was refused");
    benchmark::DoNotOptimize(dom);
  }
}

void read_value(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    auto value = parse(text);
    if (!value) state.SkipWithError("was refused");
    benchmark::DoNotOptimize(value);
  }
}

const std::string kItem =
    R"({"name":"worker-0","text":"0123456789012345678901234567890123456789\n","labels":{"a":"b"},"size":12,"on":true},)";
const std::string kRow =
    "\n            \"some-label.example.org/of-usual-length\": \"and its value\",";

// NOLINTBEGIN(cert-err58-cpp): the registry of benchmarks is made this way
BENCHMARK_CAPTURE(refuse, brackets, filled("", "[", ""));
BENCHMARK_CAPTURE(refuse, braces, filled("", "{\"a\":", ""));
BENCHMARK_CAPTURE(refuse, closing_brackets, filled("", "]", ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, values, filled("[", "0,", "0]"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, nuls, filled("", std::string_view("\0", 1), ""));
BENCHMARK_CAPTURE(refuse, bad_bytes, filled("", "\xff", ""));
BENCHMARK_CAPTURE(refuse, nul_at_the_end, filled("\"", "a", std::string_view("\0\"", 2)))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, bad_byte_at_the_end, filled("\"", "\u00e4", "\xff\""))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, mixed_text_bad_at_the_end, filled("\"", "a\u20ac", "\xff\""))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, open_string, filled("\"", "a", ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, backslashes, filled("\"", "\\\\", ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, lone_surrogates, filled("\"", "\\ud800", ""))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, line_feeds, filled("\"", "\\n", ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, blanks, filled("", " ", ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, digits, filled("", "1", ""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, zeros_behind_a_point, filled("0.", "0", "x"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, bracket_bomb_behind_text,
                  filled("[\"", "a", "\"" + std::string(600, '[')))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, trailing_garbage, filled("[", kItem, "0]x"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, depth_behind_values, filled("[", kItem, std::string(600, '[')))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(refuse, open_strings_to_the_last_value,
                  filled("[" + std::string(2 * 199'000, '0'), "\"\",", ""))
    ->Unit(benchmark::kMillisecond);

BENCHMARK_CAPTURE(read_dom, lone_surrogates, filled("\"", "\\ud800", "\""))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_dom, long_text, filled("\"", "a", "\""))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_dom, pretty_text, filled("{", kRow, "\n\"end\": 0}"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_value, pretty_text_of_one_key, filled("{", kRow, "\n\"end\": 0}"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_dom, body_48_kb,
                  filled("[", kItem, "0]").substr(0, 48 * kItem.size() * 9 + 1) + "0]");
BENCHMARK_CAPTURE(read_value, body_48_kb,
                  filled("[", kItem, "0]").substr(0, 48 * kItem.size() * 9 + 1) + "0]");
// NOLINTEND(cert-err58-cpp)

}  // namespace
}  // namespace json
