// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace platter {

/// What could not be done; what() is a whole English sentence with place and reason.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// An offset or length computed from an image passed the range of 64 bits.
class OverflowError : public Error {
public:
    using Error::Error;
};

/// The system refused to read, write or open a file.
class IoError : public Error {
public:
    /// `action` completes "Cannot …", for example "read bytes at 0x1a0000".
    IoError(std::string path, const std::string& action, std::error_code code,
        std::optional<std::uint64_t> hostOffset = std::nullopt);

    const std::string& path() const { return m_path; }
    std::error_code code() const { return m_code; }
    std::optional<std::uint64_t> hostOffset() const
    {
        return m_hostOffset;
    } ///< bytes into the file

private:
    std::string m_path;
    std::error_code m_code;
    std::optional<std::uint64_t> m_hostOffset;
};

/// Somebody else has the image open in a way that forbids ours.
class LockedError : public Error {
public:
    LockedError(std::string path, const std::string& what)
        : Error(what)
        , m_path(std::move(path))
    {
    }
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

/// The bytes of an image do not allow a view: names structure, field and place.
class FormatError : public Error {
public:
    /// what() becomes "STRUCTURE, field FIELD at 0xOFFSET: REASON".
    FormatError(std::string structure, std::string field, std::uint64_t hostOffset,
        const std::string& reason);

    const std::string& structure() const { return m_structure; }
    const std::string& field() const { return m_field; }
    std::uint64_t hostOffset() const { return m_hostOffset; } ///< bytes into the file

private:
    std::string m_structure;
    std::string m_field;
    std::uint64_t m_hostOffset;
};

/// The image is valid but uses something that Platter does not do; `feature` is a stable id.
class UnsupportedError : public Error {
public:
    UnsupportedError(std::string feature, const std::string& what)
        : Error(what)
        , m_feature(std::move(feature))
    {
    }
    const std::string& feature() const { return m_feature; }

private:
    std::string m_feature;
};

/// Guest data is encrypted and no passphrase, or a wrong one, was given.
class PassphraseError : public Error {
public:
    using Error::Error;
};

/// An image names another file that the caller's OpenPolicy does not allow to be opened.
class ConsentError : public Error {
public:
    ConsentError(std::string name, const std::string& what)
        : Error(what)
        , m_name(std::move(name))
    {
    }
    const std::string& name() const { return m_name; } ///< as stored in the image

private:
    std::string m_name;
};

/// A long operation was told to stop. Not an Error, so no error handler shows it.
struct Cancelled { };

} // namespace platter
