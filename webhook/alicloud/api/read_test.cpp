#include "webhook/alicloud/api/read.hpp"

#include <gtest/gtest.h>

#include "webhook/alicloud/api/secret.hpp"

namespace alicloud {

struct Leaf {
  std::string_view name;
  std::optional<std::int64_t> count;
};
template <>
struct Shape<Leaf> {
  static constexpr auto members =
      std::tuple{member("name", "Name", &Leaf::name), member("count", "Count", &Leaf::count)};
};
struct Tree {
  Leaf leaf;
  std::vector<Leaf> leaves;
  std::map<std::string_view, bool> gates;
  bool flag = false;
};
template <>
struct Shape<Tree> {
  static constexpr auto members =
      std::tuple{member("leaf", "Leaf", &Tree::leaf), member("leaves", "Leaves", &Tree::leaves),
                 member("gates", "Gates", &Tree::gates), member("flag", "Flag", &Tree::flag)};
};

namespace {

struct Parsed {
  std::optional<json::Dom> dom;
  base::Result<Tree> tree;
};

Parsed tree(std::string text, Mode mode = Mode::lenient, Names names = Names::json) {
  auto dom = json::Dom::parse(std::move(text));
  if (!dom) return {.dom = std::nullopt, .tree = base::fail(dom.error())};
  auto read = read_as<Tree>(dom->root(), mode, names);
  return {.dom = *std::move(dom), .tree = std::move(read)};
}

std::string complaint(std::string text, Mode mode = Mode::lenient) {
  const auto parsed = tree(std::move(text), mode);
  return parsed.tree ? "none" : parsed.tree.error().what;
}

TEST(Read, FillsWhatIsGiven) {
  const auto parsed = tree(R"({"leaf":{"name":"a","count":-0},"leaves":[{"count":7},null],)"
                           R"("gates":{"x":true,"y":null}})");
  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->leaf.name, "a");
  EXPECT_EQ(parsed.tree->leaf.count, 0);
  ASSERT_EQ(parsed.tree->leaves.size(), 2u);
  EXPECT_EQ(parsed.tree->leaves[0].count, 7);
  EXPECT_EQ(parsed.tree->leaves[1].count, std::nullopt);
  EXPECT_EQ(parsed.tree->gates, (std::map<std::string_view, bool>{{"x", true}, {"y", false}}));
}

TEST(Read, LastDuplicateWinsAndObjectsAreMerged) {
  const auto parsed =
      tree(R"({"leaf":{"name":"a","count":1},"leaf":{"name":"b"},"leaves":[{},{}],"leaves":[{}],)"
           R"("flag":true,"flag":null})");
  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->leaf.name, "b");
  EXPECT_EQ(parsed.tree->leaf.count, 1);
  EXPECT_EQ(parsed.tree->leaves.size(), 1u);
  EXPECT_TRUE(parsed.tree->flag);
}

TEST(Read, NamesThePlaceOfTheFirstWrongType) {
  EXPECT_EQ(complaint(R"({"leaves":[{},{"count":"1"}],"flag":1})"),
            "leaves[1].count: expected an integer of 64 bits");
  EXPECT_EQ(complaint(R"({"leaves":{}})"), "leaves: expected a list");
  EXPECT_EQ(complaint(R"({"gates":{"x":1}})"), "gates.x: expected a boolean");
  EXPECT_EQ(complaint("7"), "expected an object");
  for (const char* number : {"1.0", "1e3", "9223372036854775808"}) {
    EXPECT_NE(complaint(std::string(R"({"leaf":{"count":)") + number + "}}"), "none") << number;
  }
}

TEST(Read, OnlyStrictReadingMindsUnknownAndDuplicateMembers) {
  const std::string text =
      R"({"a":1,"leaves":[{"Name":"x","count":1,"count":2}],"gates":{"x":true,"x":false}})";
  EXPECT_EQ(complaint(text), "none");
  EXPECT_EQ(complaint(text, Mode::strict),
            R"(strict decoding error: unknown field "a", unknown field "leaves[0].Name", )"
            R"(duplicate field "leaves[0].count", duplicate field "gates.x")");
}

TEST(Read, KeepsAStrictErrorReadable) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += "\"a" + std::to_string(i) + "\":0,";
  text.back() = '}';
  const auto what = complaint(text, Mode::strict);
  EXPECT_LT(what.size(), 2000u);
  EXPECT_TRUE(what.ends_with(", ..."));
}

TEST(Read, KnowsTheNamesOfTheGoTypes) {
  const auto parsed =
      tree(R"({"Leaf":{"Name":"a"},"leaf":{"name":"b"}})", Mode::lenient, Names::internal);
  ASSERT_TRUE(parsed.tree);
  EXPECT_EQ(parsed.tree->leaf.name, "a");
}

TEST(Read, NeverQuotesWhatItReads) {
  const auto dom = json::Dom::parse(R"({"data":{"accessKeySecret":"not base64 hunter2"}})");
  ASSERT_TRUE(dom);
  const auto secret = read_object<Secret>(dom->root(), kSecretKind);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().what, "data.accessKeySecret: expected base64");
}

TEST(Read, ChecksTheTypeOfAnObject) {
  const auto check = [](const char* text) {
    const auto dom = json::Dom::parse(text);
    return dom && read_object<Secret>(dom->root(), kSecretKind).has_value();
  };
  EXPECT_TRUE(check(R"({})"));
  EXPECT_TRUE(check("null"));
  EXPECT_TRUE(check(R"({"kind":"Secret"})"));
  EXPECT_TRUE(check(R"({"apiVersion":"v1","kind":"Secret"})"));
  EXPECT_FALSE(check(R"({"apiVersion":"v2","kind":"Secret"})"));
  EXPECT_FALSE(check(R"({"apiVersion":"v1","kind":"ConfigMap"})"));
  EXPECT_FALSE(check(R"({"metadata":{"deletionTimestamp":"yesterday"}})"));
  EXPECT_FALSE(check("[]"));
}

TEST(Compact, KeepsOrderNumbersAndDuplicates) {
  const std::string text = R"({"b":1.0,"a":[null,true,"\"<"],"b":{"c":1e3}})";
  const auto dom = json::Dom::parse(text);
  ASSERT_TRUE(dom);
  EXPECT_EQ(compact({.node = dom->root(), .source = {}}), text);
}

TEST(Compact, SpellsStringsAsTheirWriterDid) {
  const std::string text = R"({"\u0061":"\u003c\/","":[""],"b":[ ]})";
  const auto dom = json::Dom::parse(text);
  ASSERT_TRUE(dom);
  EXPECT_EQ(compact({.node = dom->root(), .source = text}),
            R"({"\u0061":"\u003c\/","":[""],"b":[]})");
  EXPECT_EQ(compact({.node = dom->root(), .source = {}}), R"({"a":"</","":[""],"b":[]})");
}

TEST(Compact, EscapesWhatItsWriterEscapedAndNobodyKnowsHow) {
  const auto text = [](const char* document) {
    const auto dom = json::Dom::parse(document);
    std::string out;
    dom->root().each_member([&](std::string_view key, json::DomNode value) {
      append_key(out, dom->root(), key);
      append_compact(out += ':', value);
    });
    return out;
  };
  EXPECT_EQ(text(R"({"a":["\u00e4",1]})"), "\"a\":[\"\u00e4\",1]");
  EXPECT_EQ(text(R"({"a\"b":"\u0001\\"})"), R"("a\"b":"\u0001\\")");
}

}  // namespace
}  // namespace alicloud
