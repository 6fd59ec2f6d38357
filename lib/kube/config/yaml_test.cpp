#include "kube/config/yaml.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "json/parse.hpp"

namespace kube {
namespace {

struct Good {
  const char* text;
  const char* json;
};

TEST(Yaml, GivesScalarsAsTheTextTheyAre) {
  const Good cases[] = {
      {"a: 1\nb: true\nc: 1.50\nd: 2026-01-02\n",
       R"({"a":"1","b":"true","c":"1.50","d":"2026-01-02"})"},
      {"a:\nb: ~\nc: null\nd: 'null'\n", R"({"a":null,"b":null,"c":null,"d":"null"})"},
      {"a: |\n  x\n  y\n", R"({"a":"x\ny\n"})"},
      {"a: >-\n  x\n  y\n", R"({"a":"x y"})"},
      {"a: \"\\u00e4\\n\"\n", "{\"a\":\"\xC3\xA4\\n\"}"},
      {"a: {b: [1, [2]], c: {}}\n", R"({"a":{"b":["1",["2"]],"c":{}}})"},
      {"- a\n- - b\n- c: d\n", R"(["a",["b"],{"c":"d"}])"},
      {"--- # note\na: b\n...\n", R"({"a":"b"})"},
      {"a: &anchored b\n", R"({"a":"b"})"},
      {"'quoted key': x\n", R"({"quoted key":"x"})"},
      {"word", R"("word")"},
      {"", "null"},
      {R"({"a": 1, "b": true, "c": "\ud83d\ude00"})",
       "{\"a\":1,\"b\":true,\"c\":\"\xF0\x9F\x98\x80\"}"},
      {"{a: b}", R"({"a":"b"})"},
  };
  for (const auto& one : cases) {
    const auto value = read_yaml(one.text);
    ASSERT_TRUE(value.has_value()) << one.text << ": " << value.error().what;
    EXPECT_EQ(json::to_string(*value), one.json) << one.text;
  }
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// Each line doubles the one before, ten times over.
std::string bomb() {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name < 'l'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    text.append(1, name).append(": &").append(1, name);
    text.append(" [*").append(before).append(",*").append(before).append("]\n");
  }
  return text;
}

std::string wide() {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "k" + std::to_string(i) + ": x\n";
  return text;
}

struct Bad {
  std::string text;
  const char* part;
};

TEST(Yaml, RefusesWithAPlaceAndWithoutAQuotation) {
  const std::vector<Bad> cases = {
      {"key: [hidden", "neither YAML nor JSON (line"},
      {"key: \"hidden", "neither YAML nor JSON (line"},
      {"key: 'hidden", "neither YAML nor JSON (line"},
      {"a: b: hidden", "neither YAML nor JSON (line"},
      {"a: \"\\hidden\"", "neither YAML nor JSON (line"},
      {"a: !<hidden b", "neither YAML nor JSON (line"},
      {"a: *hidden\n", "neither YAML nor JSON (line"},
      {"%YAML hidden\n---\na: b\n", "neither YAML nor JSON (line"},
      {"\thidden: x\n- y", "neither YAML nor JSON (line"},
      {"a: b\n---\nhidden: d\n", "more than one YAML document: give one"},
      {"a: b\n---\n[hidden\n", "(line 3"},
      {std::string("hidden\0", 7), "control characters"},
      {"hidden\x1b[0m", "control characters"},
      {"hidden\x7f", "control characters"},
      {bomb(), "aliases are not allowed: write the value out (line 2"},
      {"a: &hidden b\nc: *hidden\n", "aliases are not allowed"},
      {"a: &x {b: *x}\n", "aliases are not allowed"},
      {"hidden: a\nhidden: b\n", "the same key twice in one mapping (line 2"},
      {R"({"hidden":1,"hidden":2})", "the same key twice"},
      {R"({"a":{"hidden":1,"hidden":2}})", "the same key twice"},
      {"? [a]\n: b\n", "a key that is not plain text"},
      {"? {a: b}\n: c\n", "a key that is not plain text"},
      {": b\n", "a key that is not plain text"},
  };
  for (const auto& one : cases) {
    const auto value = read_yaml(one.text);
    ASSERT_FALSE(value.has_value()) << one.text;
    EXPECT_EQ(value.error().kind, base::Error::Kind::invalid);
    EXPECT_TRUE(value.error().what.contains(one.part)) << one.text << ": " << value.error().what;
    EXPECT_FALSE(value.error().what.contains("hidden")) << value.error().what;
  }
}

TEST(Yaml, HoldsItsLimits) {
  const auto nested = [](int depth) { return repeated("[", depth) + repeated("]", depth); };
  const auto nested_json = [](int depth) {
    return repeated(R"({"a":)", depth) + "1" + repeated("}", depth);
  };
  EXPECT_TRUE(read_yaml(nested(32)).has_value());
  EXPECT_TRUE(read_yaml(nested_json(32)).has_value());
  const std::vector<Bad> cases = {
      {nested(33), "nested deeper than 32 levels (line 1, column 33)"},
      {nested_json(33), "nested deeper than 32 levels"},
      {repeated("- ", 33) + "a", "nested deeper than 32 levels"},
      {wide(), "too many members in one mapping (line 1001"},
      {repeated("- x\n", 20'000), "too many values (line 20000"},
      {repeated("[", 30'000), "too many values"},
      {std::string((1U << 18) + 1, 'a'), "longer than 262144 bytes"},
  };
  for (const auto& one : cases) {
    const auto value = read_yaml(one.text);
    ASSERT_FALSE(value.has_value()) << one.text.substr(0, 80);
    EXPECT_TRUE(value.error().what.contains(one.part))
        << one.text.substr(0, 80) << ": " << value.error().what;
  }
}

std::string manifests(std::string_view text) {
  const auto read = read_manifests(text);
  return read ? json::to_string(json::Value(json::Array(read->begin(), read->end())))
              : read.error().what;
}

TEST(Manifests, GiveScalarsTheirTypes) {
  EXPECT_EQ(manifests("a: 1\nb: 1.50\nc: -0\nd: 1e3\ne: 012\nf: 1.2.3\n"),
            R"([{"a":1,"b":1.50,"c":-0,"d":1e3,"e":"012","f":"1.2.3"}])");
  EXPECT_EQ(manifests("a: true\nb: No\nc: 'true'\nd: \"1\"\ne: !!str 1\nf: -x\n"),
            R"([{"a":true,"b":false,"c":"true","d":"1","e":"1","f":"-x"}])");
  EXPECT_EQ(manifests("a:\nb: ~\nc: ''\nd: |\n  1\n"), R"([{"a":null,"b":null,"c":"","d":"1\n"}])");
}

TEST(Manifests, AreAsManyAsThereAre) {
  EXPECT_EQ(manifests(""), "[]");
  EXPECT_EQ(manifests("---\n---\na: 1\n---\n# nothing\n---\nb: 2\n"), R"([{"a":1},{"b":2}])");
  EXPECT_EQ(manifests(R"({"a": 01})"), R"([{"a":"01"}])");
  EXPECT_EQ(manifests(R"({"a": "\ud83d\ude00"})"), "[{\"a\":\"\xF0\x9F\x98\x80\"}]");
}

TEST(Manifests, RefuseWhatOneDocumentMayNotBeEither) {
  EXPECT_EQ(manifests("a: 1\n---\na: 1\na: 2\n"),
            "the same key twice in one mapping (line 4, column 1)");
  EXPECT_EQ(manifests("a: &x 1\nb: *x\n"),
            "aliases are not allowed: write the value out (line 2, column 4)");
  EXPECT_NE(manifests("a: [").find("neither YAML nor JSON"), std::string::npos);
  EXPECT_NE(manifests(bomb()).find("not allowed"), std::string::npos);
}

}  // namespace
}  // namespace kube
