#pragma once

// For the tests of this room: a directory of files, and certificates that fit each other.

#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace kube {

/// A new directory that dies with this.
class TestFiles {
 public:
  TestFiles();
  ~TestFiles();
  TestFiles(TestFiles&&) = delete;
  /// Writes and gives the path.
  std::string put(const std::string& name, std::string_view text) const;
  std::string path(const std::string& name) const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
};

struct TestAuthority {
  TestAuthority();
  std::string ca_pem;
  base::Secret ca_key;

  struct Pair {
    std::string certificate_pem;
    base::Secret key_pem;
  };
  /// For 127.0.0.1 and localhost.
  Pair issue() const;
};

}  // namespace kube
