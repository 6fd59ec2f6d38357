#include "json/codec.hpp"

#include <gmock/gmock.h>

#include "json/dom.hpp"
#include "json/parse.hpp"

namespace json {
namespace {

enum class Effect { allow, deny };

struct SecretRef {
  std::string name;
  std::optional<std::string> space;
  bool operator==(const SecretRef&) const = default;
};

struct Port {
  std::uint16_t number = 0;
  std::int8_t small = 0;
};

struct Spec {
  std::string path;
  std::vector<SecretRef> secrets;
  std::map<std::string, std::string> labels;
  std::map<std::string, SecretRef> refs;
  std::optional<Port> port;
  std::int32_t replicas = 1;
  std::uint64_t big = 0;
  double ratio = 0.5;
  bool on = false;
  Effect effect = Effect::allow;
  Value raw;
  std::vector<bool> bits;
};

}  // namespace

template <>
struct Names<Effect> {
  static constexpr std::array list = {std::pair{Effect::allow, std::string_view("Allow")},
                                      std::pair{Effect::deny, std::string_view("Deny")}};
};
template <>
struct Fields<SecretRef> {
  static constexpr auto list =
      std::tuple{req("name", &SecretRef::name), opt("namespace", &SecretRef::space)};
};
template <>
struct Fields<Port> {
  static constexpr auto list = std::tuple{req("number", &Port::number), opt("small", &Port::small)};
};
template <>
struct Fields<Spec> {
  static constexpr auto list =
      std::tuple{req("path", &Spec::path),     opt("secrets", &Spec::secrets),
                 opt("labels", &Spec::labels), opt("refs", &Spec::refs),
                 opt("port", &Spec::port),     opt("replicas", &Spec::replicas),
                 opt("big", &Spec::big),       opt("ratio", &Spec::ratio),
                 opt("on", &Spec::on),         opt("effect", &Spec::effect),
                 opt("raw", &Spec::raw),       opt("bits", &Spec::bits)};
};

namespace {

using testing::ElementsAre;
using testing::Pair;

/// What is wrong with the text as a T; both nodes have to say the same, but only a Dom still has
/// its duplicates.
template <class T>
std::string complaints(const std::string& text, Unknown unknown = Unknown::keep) {
  const auto dom = Dom::parse(text);
  if (!dom) return dom.error().what;
  const auto said = base::to_string(decode<T>(dom->root(), unknown).problems);
  if (unknown == Unknown::keep) {
    EXPECT_EQ(said, base::to_string(decode<T>(*parse(text)).problems));
  }
  return said;
}

template <class T>
T read(const std::string& text) {
  const auto dom = Dom::parse(text);
  auto decoded = decode<T>(dom.value().root());
  EXPECT_EQ(base::to_string(decoded.problems), "");
  EXPECT_EQ(to_string(encode(decode<T>(*parse(text)).value)), to_string(encode(decoded.value)));
  return std::move(decoded.value);
}

TEST(Codec, ReadsEveryKindOfField) {
  const auto spec =
      read<Spec>(R"({"path":"/x","secrets":[{"name":"a","namespace":"n"},{"name":"b"}],
    "labels":{"k":"v"},"refs":{"r":{"name":"c"}},"port":{"number":65535,"small":-128},"replicas":-2147483648,
    "big":18446744073709551615,"ratio":1e3,"on":true,"effect":"Deny","raw":{"any":[1.0]},"bits":[true,false]})");
  EXPECT_EQ(spec.path, "/x");
  EXPECT_THAT(spec.secrets, ElementsAre(SecretRef{"a", "n"}, SecretRef{"b", std::nullopt}));
  EXPECT_THAT(spec.labels, ElementsAre(Pair("k", "v")));
  EXPECT_THAT(spec.refs, ElementsAre(Pair("r", SecretRef{"c", std::nullopt})));
  EXPECT_EQ(spec.port->number, 65535);
  EXPECT_EQ(spec.port->small, -128);
  EXPECT_EQ(spec.replicas, std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(spec.big, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(spec.ratio, 1000);
  EXPECT_TRUE(spec.on);
  EXPECT_EQ(spec.effect, Effect::deny);
  EXPECT_EQ(to_string(spec.raw), R"({"any":[1.0]})");
  EXPECT_THAT(spec.bits, ElementsAre(true, false));
}

TEST(Codec, CollectsEveryProblemWithItsPath) {
  EXPECT_EQ(complaints<Spec>(
                R"({"secrets":[{"name":"a"},{"name":"b","namespace":1},{"name":"c","name":"d"},{}],
    "labels":{"a.b":true},"x":1,"effect":"Maybe","port":[]})",
                Unknown::reject),
            "secrets[1].namespace: expected a string; secrets[2].name: duplicate field; "
            "secrets[3].name: required; "
            "labels[a.b]: expected a string; x: unknown field; "
            "effect: unsupported value \"Maybe\": expected one of \"Allow\", \"Deny\"; port: "
            "expected an object; "
            "path: required");
}

TEST(Codec, PathsBeginWhereTheyAreTold) {
  const auto decoded =
      decode<Spec>(*parse("{}"), Unknown::keep, base::FieldPath("spec.workers[2]"));
  EXPECT_EQ(base::to_string(decoded.problems), "spec.workers[2].path: required");
}

TEST(Codec, IntegersAreIntegersAndInRange) {
  const auto of = [](const std::string& text) { return complaints<std::int64_t>(text); };
  EXPECT_EQ(of("9223372036854775807"), "");
  EXPECT_EQ(of("-0"), "");
  EXPECT_EQ(of("9223372036854775808"), "out of range");
  EXPECT_EQ(of("18446744073709551616"), "out of range");
  for (const auto* text : {"1.0", "1e3", "1E0", "1.5", "\"1\"", "true", "[]", "{}"})
    EXPECT_EQ(of(text), "expected an integer") << text;
  EXPECT_EQ(complaints<std::uint16_t>("65536"), "out of range");
  EXPECT_EQ(complaints<std::uint16_t>("-1"), "expected an integer");
  EXPECT_EQ(complaints<std::int8_t>("-129"), "out of range");
  EXPECT_EQ(complaints<double>("\"1\""), "expected a number");
}

TEST(Codec, OtherKindsAreNamed) {
  EXPECT_EQ(complaints<bool>("1"), "expected a boolean");
  EXPECT_EQ(complaints<std::string>("1"), "expected a string");
  EXPECT_EQ(complaints<std::vector<int>>("{}"), "expected a list");
  EXPECT_EQ((complaints<std::map<std::string, int>>("[]")), "expected an object");
  EXPECT_EQ(complaints<Object>("[]"), "expected an object");
  EXPECT_EQ(complaints<SecretRef>("\"x\""), "expected an object");
  EXPECT_EQ(complaints<Effect>("1"), "expected a string");
  EXPECT_EQ(complaints<std::vector<int>>("[1,\"x\",2,{}]"),
            "[1]: expected an integer; [3]: expected an integer");
}

TEST(Codec, NullIsAbsent) {
  EXPECT_EQ(complaints<Spec>(R"({"path":null})"), "path: required");
  const auto spec = read<Spec>(
      R"({"path":"x","secrets":null,"port":null,"replicas":null,"effect":null,"raw":null})");
  EXPECT_EQ(spec.replicas, 1) << "what is absent keeps what the struct says";
  EXPECT_FALSE(spec.port);
  EXPECT_THAT(read<std::vector<std::string>>(R"(["a",null])"), ElementsAre("a", ""));
  EXPECT_THAT(read<std::vector<std::optional<int>>>("[1,null]"), ElementsAre(1, std::nullopt));
  EXPECT_EQ(complaints<std::vector<SecretRef>>("[null]"), "[0].name: required");
}

TEST(Codec, UnknownFieldsAreKeptQuietOrRejected) {
  constexpr auto text = R"({"name":"a","other":{"deep":[1]},"Name":"b"})";
  EXPECT_EQ(read<SecretRef>(text).name, "a");
  EXPECT_EQ(complaints<SecretRef>(text, Unknown::reject),
            "other: unknown field; Name: unknown field");
}

TEST(Codec, LenientlyDuplicatesAreResolvedAsParseDoes) {
  const auto spec = read<Spec>(
      R"({"path":"first","path":"last","port":{"number":1},"port":{"small":2},"secrets":[{"name":"a"}],
          "secrets":[],"labels":{"a":"1","b":"1"},"labels":{"b":"2"},"on":true,"on":false})");
  EXPECT_EQ(spec.path, "last");
  EXPECT_EQ(spec.port->number, 1) << "required, and there, though in the other half";
  EXPECT_EQ(spec.port->small, 2);
  EXPECT_TRUE(spec.secrets.empty());
  EXPECT_THAT(spec.labels, ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_FALSE(spec.on);
}

TEST(Codec, StrictlyDuplicatesAreProblems) {
  EXPECT_EQ(
      complaints<Spec>(R"({"path":"a","path":"a","labels":{"x":"1","x":"1"}})", Unknown::reject),
      "path: duplicate field; labels[x]: duplicate field");
  EXPECT_EQ(complaints<Spec>(R"({"path":"a","path":null})", Unknown::reject),
            "path: duplicate field");
  EXPECT_EQ(complaints<Spec>(R"({"path":"a","on":null,"on":null})", Unknown::reject),
            "on: duplicate field");
}

TEST(Codec, FloodsOfProblemsAndLongNamesStaySmall) {
  std::string text = "{\"" + std::string(100'000, 'k') + "\":[0";
  for (int i = 0; i < 50'000; ++i) text += ",0";
  const auto dom = Dom::parse(text + "]}");
  const auto decoded = decode<std::map<std::string, std::vector<std::string>>>(dom.value().root());
  EXPECT_EQ(decoded.problems.size(), Cursor<DomNode>::kMostProblems);
  EXPECT_LT(base::to_string(decoded.problems).size(), 100'000U);
}

TEST(Codec, EncodesInTheOrderOfTheListAndLeavesOutWhatIsEmpty) {
  EXPECT_EQ(to_string(encode(Spec{})),
            R"({"path":"","replicas":1,"big":0,"ratio":0.5,"on":false,"effect":"Allow"})");
  Spec spec;
  spec.path = "/";
  spec.secrets = {{"b", std::nullopt}, {"a", "n"}};
  spec.labels = {{"z", "1"}, {"y", ""}};
  spec.port = Port{.number = 1, .small = -1};
  spec.raw = Number{"1.0"};
  spec.bits = {true};
  EXPECT_EQ(
      to_string(encode(spec)),
      R"({"path":"/","secrets":[{"name":"b"},{"name":"a","namespace":"n"}],"labels":{"y":"","z":"1"},)"
      R"("port":{"number":1,"small":-1},"replicas":1,"big":0,"ratio":0.5,"on":false,"effect":"Allow","raw":1.0,)"
      R"("bits":[true]})");
}

TEST(Codec, DoublesAreWrittenShortAndReadBack) {
  for (const double number : {0.1, 1.0, -2.5e-300, 1e22, 123456789.123456789})
    EXPECT_EQ(decode<double>(encode(number)).value, number);
  EXPECT_EQ(to_string(encode(0.1)), "0.1");
  EXPECT_TRUE(encode(std::numeric_limits<double>::quiet_NaN()).is_null());
  EXPECT_TRUE(encode(std::numeric_limits<double>::infinity()).is_null());
}

struct UidTag;
using Uid = base::Id<UidTag>;

TEST(Codec, StrongStringsAreStrings) {
  EXPECT_EQ(decode<Uid>(Value("u1")).value, Uid{"u1"});
  EXPECT_EQ(encode(Uid{"u1"}), Value("u1"));
}

struct Envelope {
  std::string kind;
  DomNode object;
};

}  // namespace

template <>
struct Fields<Envelope> {
  static constexpr auto list =
      std::tuple{req("kind", &Envelope::kind), opt("object", &Envelope::object)};
};

namespace {

TEST(Codec, ASubtreeCanWaitForItsType) {
  const auto dom = Dom::parse(R"({"object":{"name":"a"},"kind":"Secret"})");
  const auto envelope = decode<Envelope>(dom.value().root());
  ASSERT_TRUE(envelope.ok());
  EXPECT_EQ(decode<SecretRef>(envelope.value.object).value.name, "a");
}

TEST(Codec, ASubtreeAmongDuplicatesIsRefused) {
  const auto dom = Dom::parse(R"({"object":{"name":"a"},"kind":"Secret","object":{"name":"b"}})");
  EXPECT_EQ(base::to_string(decode<Envelope>(dom.value().root()).problems),
            "object: duplicate fields around it");
}

}  // namespace
}  // namespace json
