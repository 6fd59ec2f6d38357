#include "webhook/replay/decoder_texts.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

TEST(DecoderTexts, BeginWhereGoNamesItself) {
  EXPECT_EQ(start_of_decoder_text("a: json: cannot unmarshal string"), 3u);
  EXPECT_EQ(start_of_decoder_text("a: Required value"), std::string_view::npos);
  EXPECT_EQ(start_of_last_decoder_text("{json: cannot unmarshal} yaml: x"), 25u);
}

TEST(DecoderTexts, OfMembersAreEqual) {
  for (const auto* text : {"Object 'Kind' is missing in '{}'",
                           "strict decoding error: unknown field \"a\", duplicate field \"b\""}) {
    EXPECT_TRUE(says_the_same(text, text));
    EXPECT_FALSE(says_the_same(text, std::string(text) + "x"));
    EXPECT_FALSE(says_the_same(text, ""));
  }
}

TEST(DecoderTexts, NameTheKindThatWasGiven) {
  constexpr auto kOurs = R"(expected kind "C" of version "g/v1", not kind "K" of version "h/v2")";
  const auto fits = [&](const char* theirs) { return says_the_same(theirs, kOurs); };
  EXPECT_TRUE(fits(R"(no kind "K" is registered for version "h/v2" in scheme "x.go:1")"));
  EXPECT_FALSE(fits(R"(no kind "L" is registered for version "h/v2" in scheme "x.go:1")"));
  EXPECT_FALSE(fits(R"(no kind "K" is registered for version "h/v3" in scheme "x.go:1")"));
  EXPECT_TRUE(fits(R"(no kind "K" is registered for the internal version of group "h" in scheme)"));
  EXPECT_FALSE(fits(R"(no kind "K" is registered for the internal version of group "" in scheme)"));
  EXPECT_TRUE(fits("converting (v2.K) to (v1.C): unknown conversion"));
  EXPECT_FALSE(fits("converting (v2.L) to (v1.C): unknown conversion"));
  EXPECT_FALSE(fits("converting (v2.K) to (v1.D): unknown conversion"));
  EXPECT_TRUE(fits("is not of type *alicloud.C"));
  EXPECT_FALSE(fits("is not of type *alicloud.D"));
  EXPECT_TRUE(fits("unexpected GroupVersion string: h/v2"));
  EXPECT_FALSE(fits("unexpected GroupVersion string: a/b/c"));
  EXPECT_TRUE(fits("strict decoding error: unknown field \"a\""));
  EXPECT_FALSE(fits("strict decoding error: duplicate field \"a\""));
}

TEST(DecoderTexts, OfWholeObjectsNameOnlyWhatWasExpected) {
  constexpr auto kOurs = R"(expected kind "C" of version "g/v1")";
  EXPECT_TRUE(says_the_same("converting (v2.K) to (core.C): unknown conversion", kOurs));
  EXPECT_FALSE(says_the_same("converting (v2.K) to (core.D): unknown conversion", kOurs));
  EXPECT_FALSE(says_the_same("strict decoding error: unknown field \"a\"", kOurs));
  EXPECT_FALSE(says_the_same("is not of type *alicloud.C", std::string(kOurs) + " and more"));
}

TEST(DecoderTexts, NameThePlaceAndWhatWasExpectedThere) {
  constexpr auto kOfInt = "json: cannot unmarshal string into Go struct field T.a.b of type int";
  EXPECT_TRUE(says_the_same(kOfInt, "a[3].b: expected an integer of 64 bits"));
  EXPECT_FALSE(says_the_same(kOfInt, "a[3].c: expected an integer of 64 bits"));
  EXPECT_FALSE(says_the_same(kOfInt, "a[3].b: expected a list"));
  constexpr auto kOfList = "json: cannot unmarshal object into Go struct field T.a of type []x.Y";
  EXPECT_TRUE(says_the_same(kOfList, "a: expected a list"));
  EXPECT_FALSE(says_the_same(kOfList, "a: expected an object"));
  constexpr auto kOfName =
      "json: cannot unmarshal string into Go struct field T.m of type x.Values";
  EXPECT_TRUE(says_the_same(kOfName, "m.key: expected a list"));
  EXPECT_FALSE(says_the_same(kOfName, "m.key: expected a string")) << "that is what was there";
  EXPECT_FALSE(says_the_same(kOfName, "m.key: expected a pony"));
  constexpr auto kOfKind =
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct "
      "field .kind of type string";
  EXPECT_TRUE(says_the_same(kOfKind, "kind: expected a string"));
  EXPECT_FALSE(says_the_same(kOfKind, "apiVersion: expected a string"));
}

TEST(DecoderTexts, OfValuesExpectAnObject) {
  constexpr auto kText =
      "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of "
      "type struct { Kind string }";
  EXPECT_TRUE(says_the_same(kText, "expected an object"));
  EXPECT_TRUE(says_the_same(kText, "expected an AdmissionReview object"));
  EXPECT_FALSE(says_the_same(kText, "expected a list"));
  EXPECT_FALSE(says_the_same(kText, "no"));
}

TEST(DecoderTexts, KnowBase64AndTimes) {
  constexpr auto kData = "illegal base64 data at input byte 0";
  EXPECT_TRUE(says_the_same(kData, "data.key: expected base64"));
  EXPECT_FALSE(says_the_same(kData, "data.key: expected a string"));
  constexpr auto kTime = "parsing time \"x\" as \"y\"";
  EXPECT_TRUE(says_the_same(kTime, "metadata.deletionTimestamp: expected a time as in RFC 3339"));
  EXPECT_FALSE(says_the_same(kTime, ""));
  constexpr auto kVersion = "unexpected GroupVersion string: a/b/c";
  EXPECT_TRUE(says_the_same(kVersion, "apiVersion: expected group/version"));
}

}  // namespace
}  // namespace replay
