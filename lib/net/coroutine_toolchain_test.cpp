// g++ 12.2 destroys some temporaries in co_await expressions twice (5 of these 15 ways of passing a
// value). The compiler that builds the product must pass all of them.

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
template <class T = void>
using Task = asio::awaitable<T>;

/// Which Counted objects are alive, by address.
struct Ledger {
  std::set<const void*> alive;
  int made = 0;
  int wrong = 0;  ///< made where one was, or ended where none was
};
Ledger& ledger() {
  static Ledger only;
  return only;
}

class Counted {
 public:
  explicit Counted(std::string text) : text_(std::move(text)) { begin(); }
  Counted(const Counted& other) : text_(other.text_) { begin(); }
  Counted(Counted&& other) noexcept : text_(std::move(other.text_)) { begin(); }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { ledger().wrong += ledger().alive.erase(this) == 1 ? 0 : 1; }
  const std::string& text() const { return text_; }

 private:
  void begin() {
    ++ledger().made;
    ledger().wrong += ledger().alive.insert(this).second ? 0 : 1;
  }
  std::string text_;  // long enough to own memory
};

const std::string kText(40, 'x');

struct Aggregate {
  Counted a, b;
};
struct Constructed {
  explicit Constructed(Counted a) : value(std::move(a)) {}
  Counted value;
};

Task<> suspend() {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

Task<bool> take(Aggregate both) {
  co_await suspend();
  co_return both.a.text() == kText&& both.b.text() == kText;
}
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters): a pattern under test
Task<bool> look(const Aggregate& both) {
  co_await suspend();
  co_return both.a.text() == kText&& both.b.text() == kText;
}
Task<bool> take_constructed(Constructed one) {
  co_await suspend();
  co_return one.value.text() == kText;
}
Task<Aggregate> give() {
  co_await suspend();
  co_return Aggregate{Counted(kText), Counted(kText)};
}
Aggregate make() { return {Counted(kText), Counted(kText)}; }
template <class Call>
Task<bool> call(Call later) {
  co_await suspend();
  co_return later();
}
bool both_good(const Aggregate& one, const Aggregate& other) {
  return one.a.text() == kText && other.b.text() == kText;
}

Task<bool> aggregate_by_value() {
  co_return co_await take(Aggregate{Counted(kText), Counted(kText)});
}
Task<bool> aggregate_by_reference() {
  co_return co_await look(Aggregate{Counted(kText), Counted(kText)});
}
Task<bool> designated_by_value() {
  co_return co_await take({.a = Counted(kText), .b = Counted(kText)});
}
Task<bool> designated_by_reference() {
  co_return co_await look({.a = Counted(kText), .b = Counted(kText)});
}
Task<bool> called_capturing_lambda() {
  Counted value(kText);
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): a pattern under test
  co_return co_await [moved = std::move(value)]() -> Task<bool> {
    co_await suspend();
    co_return moved.text() == kText;
  }();
}
Task<bool> spawned_capturing_lambda() {
  auto executor = co_await asio::this_coro::executor;
  Counted value(kText);
  co_return co_await asio::co_spawn(
      executor,
      // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): a pattern under test
      [moved = std::move(value)]() -> Task<bool> {
        co_await suspend();
        co_return moved.text() == kText;
      },
      asio::use_awaitable);
}
Task<bool> hoisted_and_moved() {
  Aggregate both{Counted(kText), Counted(kText)};
  co_return co_await take(std::move(both));
}
Task<bool> own_constructor() { co_return co_await take_constructed(Constructed(Counted(kText))); }
Task<bool> function_result() { co_return co_await take(make()); }
Task<bool> returned_aggregate() {
  auto both = co_await give();
  co_return both_good(both, both);
}
Task<bool> structured_binding() {
  auto [a, b] = co_await give();
  co_await suspend();
  co_return a.text() == kText&& b.text() == kText;
}
Task<bool> named_lambda_moved() {
  Counted value(kText);
  auto is_good = [moved = std::move(value)] { return moved.text() == kText; };
  co_return co_await call(std::move(is_good));
}
Task<bool> first_of_two() {
  using asio::experimental::awaitable_operators::operator||;
  auto first = co_await (take(make()) || look(make()));
  co_return std::visit([](bool good) { return good; }, first);
}
Task<bool> conditional_temporary(bool one) {
  co_return co_await take(one ? Aggregate{Counted(kText), Counted(kText)} : make());
}
Task<bool> two_in_one_expression() { co_return both_good(co_await give(), co_await give()); }

struct Pattern {
  const char* name;
  Task<bool> (*run)();
};
Task<bool> conditional_taken() { co_return co_await conditional_temporary(true); }

class CoroutineToolchain : public testing::TestWithParam<Pattern> {};

TEST_P(CoroutineToolchain, EndsEveryValueOnce) {
  ledger() = {};
  asio::io_context loop;
  bool good = false;
  asio::co_spawn(loop, GetParam().run(),
                 [&](const std::exception_ptr& thrown, bool result) { good = !thrown && result; });
  loop.run();
  EXPECT_TRUE(good);
  EXPECT_GT(ledger().made, 0);
  EXPECT_EQ(ledger().wrong, 0);
  EXPECT_TRUE(ledger().alive.empty());
}

INSTANTIATE_TEST_SUITE_P(Patterns, CoroutineToolchain,
                         testing::Values(Pattern{"AggregateByValue", aggregate_by_value},
                                         Pattern{"AggregateByReference", aggregate_by_reference},
                                         Pattern{"DesignatedByValue", designated_by_value},
                                         Pattern{"DesignatedByReference", designated_by_reference},
                                         Pattern{"CalledCapturingLambda", called_capturing_lambda},
                                         Pattern{"SpawnedCapturingLambda",
                                                 spawned_capturing_lambda},
                                         Pattern{"HoistedAndMoved", hoisted_and_moved},
                                         Pattern{"OwnConstructor", own_constructor},
                                         Pattern{"FunctionResult", function_result},
                                         Pattern{"ReturnedAggregate", returned_aggregate},
                                         Pattern{"StructuredBinding", structured_binding},
                                         Pattern{"NamedLambdaMoved", named_lambda_moved},
                                         Pattern{"FirstOfTwo", first_of_two},
                                         Pattern{"ConditionalTemporary", conditional_taken},
                                         Pattern{"TwoInOneExpression", two_in_one_expression}),
                         [](const auto& pattern) { return pattern.param.name; });

}  // namespace
