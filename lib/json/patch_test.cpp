#include "json/patch.hpp"

#include <gmock/gmock.h>

#include "json/parse.hpp"
#include "json/testing.hpp"

namespace json {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Value of(std::string_view text) { return parse(text).value(); }

/// The document afterwards, or what was wrong.
std::string patched(std::string_view document, std::string_view operations) {
  const auto result = apply_patch(of(document), of(operations));
  if (result) return to_string(*result);
  EXPECT_TRUE(result.error().is(base::Error::Kind::invalid));
  return "error: " + result.error().what;
}

TEST(Pointer, FindsTheExamplesOfTheRfc) {
  const auto document = of(
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
  EXPECT_EQ(resolve(document, ""), &document);
  const std::pair<std::string_view, std::string_view> examples[] = {{"/foo", R"(["bar","baz"])"},
                                                                    {"/foo/0", "\"bar\""},
                                                                    {"/", "0"},
                                                                    {"/a~1b", "1"},
                                                                    {"/c%d", "2"},
                                                                    {"/e^f", "3"},
                                                                    {"/g|h", "4"},
                                                                    {"/i\\j", "5"},
                                                                    {"/k\"l", "6"},
                                                                    {"/ ", "7"},
                                                                    {"/m~0n", "8"}};
  for (const auto& [pointer, expected] : examples) {
    const auto* found = resolve(document, pointer);
    ASSERT_TRUE(found) << pointer;
    EXPECT_EQ(to_string(*found), expected) << pointer;
  }
}

TEST(Pointer, FindsNothingWhereNothingIs) {
  const auto document = of(R"({"a":[1,2],"~":1,"b":"text"})");
  for (const auto* pointer :
       {"a", "/x", "/a/2", "/a/-", "/a/00", "/a/01", "/a/+1", "/a/-1", "/a/1x", "/a/", "/b/0", "/~",
        "/~2", "/a/0/0", "/a/99999999999999999999"})
    EXPECT_EQ(resolve(document, pointer), nullptr) << pointer;
}

TEST(Pointer, EscapesAndUnescapes) {
  EXPECT_EQ(escape_pointer("a/b~c"), "a~1b~0c");
  const auto document = Value::object({{"~1", 1}, {"/", 2}});
  EXPECT_EQ(*resolve(document, "/" + escape_pointer("~1")), Value(1));
  EXPECT_EQ(*resolve(document, "/" + escape_pointer("/")), Value(2));
}

struct Example {
  std::string_view name;
  std::string_view document;
  std::string_view operations;
  std::string_view result;  // empty: an error
};

// RFC 6902, appendix A.
constexpr Example kExamples[] = {
    {"A.1", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])",
     R"({"baz":"qux","foo":"bar"})"},
    {"A.2", R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])",
     R"({"foo":["bar","qux","baz"]})"},
    {"A.3", R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])",
     R"({"foo":"bar"})"},
    {"A.4", R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])",
     R"({"foo":["bar","baz"]})"},
    {"A.5", R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])",
     R"({"baz":"boo","foo":"bar"})"},
    {"A.6", R"({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}})",
     R"([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}])",
     R"({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})"},
    {"A.7", R"({"foo":["all","grass","cows","eat"]})",
     R"([{"op":"move","from":"/foo/1","path":"/foo/3"}])",
     R"({"foo":["all","cows","eat","grass"]})"},
    {"A.8", R"({"baz":"qux","foo":["a",2,"c"]})",
     R"([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}])",
     R"({"baz":"qux","foo":["a",2,"c"]})"},
    {"A.9", R"({"baz":"qux"})", R"([{"op":"test","path":"/baz","value":"bar"}])", ""},
    {"A.10", R"({"foo":"bar"})", R"([{"op":"add","path":"/child","value":{"grandchild":{}}}])",
     R"({"foo":"bar","child":{"grandchild":{}}})"},
    {"A.11", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux","xyz":123}])",
     R"({"foo":"bar","baz":"qux"})"},
    {"A.12", R"({"foo":"bar"})", R"([{"op":"add","path":"/baz/bat","value":"qux"}])", ""},
    {"A.14", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])",
     R"({"/":9,"~1":10})"},
    {"A.15", R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":"10"}])", ""},
    {"A.16", R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])",
     R"({"foo":["bar",["abc","def"]]})"},
    {"copy", R"({"a":{"b":[1]}})", R"([{"op":"copy","from":"/a/b","path":"/c"}])",
     R"({"a":{"b":[1]},"c":[1]})"},
    {"copy into itself", R"({"a":{}})", R"([{"op":"copy","from":"/a","path":"/a/b"}])",
     R"({"a":{"b":{}}})"},
    {"move onto itself", R"({"a":1})", R"([{"op":"move","from":"/a","path":"/a"}])", R"({"a":1})"},
    {"the whole", R"({"a":1})",
     R"([{"op":"replace","path":"","value":[]},{"op":"add","path":"/-","value":2}])", "[2]"},
    {"add replaces", R"({"a":1})", R"([{"op":"add","path":"/a","value":null}])", R"({"a":null})"},
    {"test by number", R"({"a":[1,{"b":1e3}]})",
     R"([{"op":"test","path":"/a","value":[1.0,{"b":1000}]}])", R"({"a":[1,{"b":1e3}]})"},
    {"test without order", R"({"a":{"b":1,"c":2}})",
     R"([{"op":"test","path":"/a","value":{"c":2,"b":1}}])", R"({"a":{"b":1,"c":2}})"},
    {"test of large integers", "[9007199254740993]",
     R"([{"op":"test","path":"/0","value":9007199254740992}])", ""},
};

TEST(Patch, DoesTheExamplesOfTheRfc) {
  for (const auto& [name, document, operations, result] : kExamples) {
    const auto outcome = apply_patch(of(document), of(operations));
    EXPECT_EQ(outcome.has_value(), !result.empty()) << name;
    if (outcome && !result.empty())
      EXPECT_EQ(*outcome, of(result)) << name << ": " << to_string(*outcome);
  }
}

TEST(Patch, ErrorsNameTheOperation) {
  EXPECT_EQ(patched("{}", R"([{"op":"add","path":"/a","value":1},{"op":"remove","path":"/b"}])"),
            "error: operation 1 (remove /b): no such place");
}

TEST(Patch, RefusesWhatIsNotWellFormed) {
  EXPECT_THAT(patched("{}", "{}"), HasSubstr("a list of operations"));
  EXPECT_THAT(patched("{}", "[1]"), HasSubstr("unknown operation"));
  EXPECT_THAT(patched("{}", R"([{"op":"Add","path":"/a","value":1}])"),
              HasSubstr("unknown operation"));
  EXPECT_THAT(patched("{}", R"([{"op":"add","value":1}])"), HasSubstr("path is no JSON pointer"));
  EXPECT_THAT(patched("{}", R"([{"op":"add","path":"a","value":1}])"),
              HasSubstr("path is no JSON pointer"));
  EXPECT_THAT(patched("{}", R"([{"op":"add","path":"/~2","value":1}])"),
              HasSubstr("path is no JSON pointer"));
  EXPECT_THAT(patched("{}", R"([{"op":"add","path":"/a"}])"), HasSubstr("value is missing"));
  EXPECT_THAT(patched("{}", R"([{"op":"move","path":"/a"}])"),
              HasSubstr("from is no JSON pointer"));
}

TEST(Patch, RefusesPlacesThatAreNotThere) {
  for (const auto* operation :
       {R"({"op":"add","path":"/a/3","value":1})", R"({"op":"add","path":"/a/01","value":1})",
        R"({"op":"add","path":"/b/c/d","value":1})", R"({"op":"add","path":"/s/0","value":1})",
        R"({"op":"remove","path":"/a/2"})", R"({"op":"remove","path":"/a/-"})",
        R"({"op":"remove","path":""})", R"({"op":"remove","path":"/s/0"})",
        R"({"op":"replace","path":"/x","value":1})", R"({"op":"replace","path":"/a/-","value":1})",
        R"({"op":"move","from":"/x","path":"/y"})", R"({"op":"move","from":"/a","path":"/a/0"})",
        R"({"op":"move","from":"","path":"/a"})", R"({"op":"copy","from":"/x","path":"/y"})",
        R"({"op":"test","path":"/x","value":null})"})
    EXPECT_THAT(patched(R"({"a":[1,2],"s":"text"})", "[" + std::string(operation) + "]"),
                StartsWith("error: "))
        << operation;
}

TEST(Patch, CopiesCannotFillTheMemory) {
  std::string operations = "[";
  for (int i = 0; i < 40; ++i)
    operations += R"({"op":"copy","from":"","path":"/a)" + std::to_string(i) + "\"},";
  operations.back() = ']';
  EXPECT_THAT(patched(R"({"a":"text"})", operations), HasSubstr("copies too much"));
}

TEST(Patch, NothingGrowsDeeperThanWhatCanBeParsed) {
  std::string path;
  std::string operations = "[";
  for (int i = 0; i < 600; ++i) {
    path += "/a";
    operations += R"({"op":"add","path":")" + path + R"(","value":{}},)";
  }
  operations.back() = ']';
  EXPECT_THAT(patched("{}", operations), HasSubstr("nested too deeply"));
}

TEST(Diff, OfTheSameIsEmpty) {
  EXPECT_EQ(to_string(diff(of(R"({"a":[1],"b":2})"), of(R"({"b":2,"a":[1]})"))), "[]");
}

TEST(Diff, SaysWhatChangedAndNoMore) {
  EXPECT_EQ(
      to_string(
          diff(of(R"({"a":1,"b":{"c":2,"d":3},"x/y":0})"), of(R"({"b":{"c":4,"d":3},"e~":5})"))),
      R"([{"op":"remove","path":"/a"},{"op":"remove","path":"/x~1y"},{"op":"replace","path":"/b/c","value":4},)"
      R"({"op":"add","path":"/e~0","value":5}])");
  EXPECT_EQ(to_string(diff(of("1"), of("[]"))), R"([{"op":"replace","path":"","value":[]}])");
}

TEST(Diff, OneItemMoreOrLessIsOneOperation) {
  EXPECT_EQ(to_string(diff(of("[1,2,3]"), of("[1,9,2,3]"))),
            R"([{"op":"add","path":"/1","value":9}])");
  EXPECT_EQ(to_string(diff(of("[1,2,3]"), of("[2,3]"))), R"([{"op":"remove","path":"/0"}])");
  EXPECT_EQ(to_string(diff(of("[1,1]"), of("[1,1,1]"))), R"([{"op":"add","path":"/2","value":1}])");
  EXPECT_EQ(to_string(diff(of(R"([{"a":1},{"b":1}])"), of(R"([{"a":1},{"b":2}])"))),
            R"([{"op":"replace","path":"/1/b","value":2}])");
  EXPECT_EQ(to_string(diff(of("[1,2]"), of("[]"))),
            R"([{"op":"remove","path":"/1"},{"op":"remove","path":"/0"}])");
}

TEST(Diff, AppliedGivesTheOther) {
  Generator generator(13);
  for (int i = 0; i < 2000; ++i) {
    const auto from = generator.value();
    const auto to = i % 2 == 0 ? generator.changed(from) : generator.value();
    const auto operations = diff(from, to);
    const auto result = apply_patch(from, operations);
    ASSERT_TRUE(result) << result.error().what << "\n" << to_string(from) << "\n" << to_string(to);
    ASSERT_EQ(*result, to) << to_string(from) << "\n" << to_string(operations);
  }
}

TEST(Diff, DoesNotRecurseWithoutEnd) {
  Value from = 1;
  Value to = 2;
  for (int i = 0; i < 1500; ++i) {
    Array outer;
    outer.push_back(std::move(from));
    from = std::move(outer);
    Array other;
    other.push_back(std::move(to));
    to = std::move(other);
  }
  const auto operations = diff(from, to);
  ASSERT_EQ(operations.items().size(), 1U);
  EXPECT_EQ(operations.items()[0].at("path").string_or("").size(), 2 * 512U);
}

// RFC 7386, appendix A.
constexpr std::array<std::string_view, 3> kMerges[] = {
    {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
    {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
    {R"({"a":"b"})", R"({"a":null})", R"({})"},
    {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
    {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
    {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
    {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
    {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
    {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
    {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
    {R"({"a":"foo"})", "null", "null"},
    {R"({"a":"foo"})", R"("bar")", R"("bar")"},
    {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
    {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
    {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
};

TEST(MergePatch, DoesTheExamplesOfTheRfc) {
  for (const auto& [document, patch, result] : kMerges)
    EXPECT_EQ(merge_patch(of(document), of(patch)), of(result)) << document << " " << patch;
}

TEST(MergePatch, TwiceIsOnce) {
  Generator generator(14);
  for (int i = 0; i < 500; ++i) {
    const auto patch = generator.value();
    const auto once = merge_patch(generator.value(), patch);
    ASSERT_EQ(merge_patch(once, patch), once) << to_string(patch);
  }
}

}  // namespace
}  // namespace json
