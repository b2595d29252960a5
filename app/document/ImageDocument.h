// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/PageId.h"
#include "app/jobs/JobRunner.h"
#include "core/disk/BackingChain.h"
#include "core/formats/CheckReport.h"

#include <QDateTime>
#include <QList>
#include <QObject>
#include <QTimer>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace platter::app {

/// One place in the image, in every address space where it is known. The same on every page.
struct Selection {
    std::optional<HostOffset> host; ///< first byte in the file
    Bytes hostLength{};
    std::optional<GuestOffset> guest; ///< first byte of the guest disk
    Bytes guestLength{};
    QString structure; ///< StructureMark::name, or a description: "L2 table 3, entry 12"
    QString field; ///< FieldMark::name; empty: no field
    std::optional<std::size_t> snapshot; ///< index into Image::snapshots()
    std::optional<std::size_t> bitmap; ///< index into Image::bitmaps()

    bool isEmpty() const { return !host && !guest && !snapshot && !bitmap; }
    bool operator==(const Selection&) const = default;
};

/// What each use takes of the image file, summed over one scan of the whole file.
struct HostTotals {
    std::array<Bytes, static_cast<std::size_t>(HostUse::Problem) + 1> bytes{};
    /// Of what is free or leaked, the part that the file system stores: what compacting would give
    /// back.
    Bytes reclaimable{};

    Bytes of(HostUse use) const { return bytes[static_cast<std::size_t>(use)]; }
    Bytes all() const; ///< the length of the file
};

/// The facts read while opening that would cost I/O to ask for again.
struct ImageFacts {
    Bytes fileLength{};
    Bytes onDisk{}; ///< what the file system has allocated
    QuickLook quickLook;
    std::vector<StructureMark> structures; ///< Image::describe()
    bool writable = false; ///< whether the system would let this user write the file
};

/// Where a check counted references otherwise than is stored.
struct CountDifferences {
    static constexpr std::size_t mostRuns = std::size_t{1} << 20; ///< 32 MiB

    std::vector<CountDifference> runs; ///< rising; the first mostRuns
    std::uint64_t runsLeftOut = 0;

    /// What the check counted at a cluster, if that is not what is stored.
    const CountDifference* at(HostOffset cluster) const;
};

/// The open image of one window and everything its pages share: the only shared state.
///
/// All functions belong to the GUI thread and return at once; reading happens on workers.
class ImageDocument final : public QObject {
    Q_OBJECT

public:
    enum class State {
        Empty, ///< nothing opened yet
        Loading, ///< the first read runs; no image yet
        Unknown, ///< no known signature: firstBytes() can be shown, openAs(path(), "raw") goes on
        Failed, ///< error() says why
        Ready, ///< image() is there
    };
    Q_ENUM(State)

    /// How far an agreement to open named files goes.
    enum class Consent {
        TheseFiles, ///< exactly the links that need consent now
        AlsoNamedBesideThem, ///< and what they name in turn, in the image's folder or below
    };
    explicit ImageDocument(QObject* parent = nullptr);
    ~ImageDocument() override;

    State state() const { return m_state; }
    const std::filesystem::path& path() const { return m_path; }
    QString name() const; ///< file name, safe to show
    const ErrorText& error() const { return m_error; } ///< of the last failed opening
    const std::vector<std::byte>& firstBytes() const { return m_firstBytes; } ///< at most 64

    /// nullptr unless Ready. Shared, so that work on other threads may outlive a reload.
    std::shared_ptr<const Image> image() const { return m_opened.image; }
    const OpenedImage& opened() const { return m_opened; } ///< empty unless Ready
    const ImageFacts& facts() const { return m_facts; }
    bool isLocked() const; ///< encrypted and no passphrase yet: data cannot be read

    /// Nothing until the scan of the file has ended.
    const std::optional<HostTotals>& hostTotals() const { return m_hostTotals; }
    /// Why the scan ended without totals; empty unless it failed.
    const QString& hostTotalsProblem() const { return m_hostTotalsProblem; }

    /// Everything below the image as far as it may be known, nearest first; an external data file
    /// that is not attached comes first.
    const std::vector<ChainLink>& chain() const { return m_chain; }
    bool chainNeedsConsent() const;
    bool hasOtherFiles() const; ///< names a backing file, data file or parent
    /// The image with all that it rests on, for a VirtualDisk. Nothing while a link is not opened.
    std::optional<BackingChain> openedChain() const;

    const std::shared_ptr<const CheckReport>& checkReport() const { return m_checkReport; }
    /// nullptr without a report.
    const std::shared_ptr<const CountDifferences>& countDifferences() const
    {
        return m_countDifferences;
    }
    QDateTime checkedAt() const { return m_checkedAt; }
    const QString& checkProblem() const { return m_checkProblem; } ///< the check failed: why
    bool isCheckCancelled() const { return m_checkCancelled; }
    bool canCheck() const;

    const Selection& selection() const { return m_selection; }

    /// Runners whose work the status bar shows and can cancel; pages add theirs.
    void addRunner(JobRunner* runner);
    const QList<JobRunner*>& runners() const { return m_runners; }
    bool isBusy() const; ///< whether any of them runs
    JobRunner* loader() const { return m_loader; }
    JobRunner* checker() const { return m_checker; }

public slots:
    /// Opens a file by its signature; an unknown one leads to State::Unknown.
    void open(const std::filesystem::path& path);
    /// Opens a file as the format with this id, whatever its signature says.
    void openAs(const std::filesystem::path& path, const std::string& formatId);
    /// Reads everything again from the disk. An unlocked image becomes locked.
    void reload();
    /// Opens the image again with a passphrase, which is not kept. unlocked() or unlockFailed()
    /// follows.
    void unlock(const QByteArray& passphrase);

    /// Opens the links that need consent now. Holds until another image is opened.
    void agreeToChain(platter::app::ImageDocument::Consent consent);

    void startCheck();
    void cancelCheck();
    void select(const platter::app::Selection& selection);
    /// Selects and asks the window to show the page.
    void reveal(platter::app::PageId page, const platter::app::Selection& selection);

signals:
    void stateChanged(platter::app::ImageDocument::State state);
    void imageChanged(); ///< another image, or none: whatever was shown is stale
    void hostTotalsChanged();
    void chainChanged();
    void checkChanged(); ///< started, ended or reset
    void useChanged(); ///< another program took or left the image
    void changedOnDisk(); ///< its length or time of change is another than at opening
    void unlocked();
    void unlockFailed(const platter::app::ErrorText& error);
    void selectionChanged(const platter::app::Selection& selection);
    void pageRequested(platter::app::PageId page); ///< somebody wants it in view
    void runnerAdded(platter::app::JobRunner* runner);

private:
    struct Loaded;
    struct Watched;

    static Loaded load(const std::filesystem::path& path, const OpenOptions& options,
        const std::set<std::filesystem::path>& agreed, const JobControl& job);
    void startLoading(const std::optional<std::string>& passphrase);
    void accept(Loaded loaded);
    void setState(State state);
    void forget();
    void startTotals();
    void startChain();
    void lookAtUse();

    std::filesystem::path m_path;
    std::optional<std::string> m_format; ///< stated by the user
    State m_state = State::Empty;
    ErrorText m_error;
    std::vector<std::byte> m_firstBytes;
    OpenedImage m_opened;
    ImageFacts m_facts;
    std::filesystem::file_time_type m_changedAt{};
    bool m_changeReported = false;
    std::optional<HostTotals> m_hostTotals;
    QString m_hostTotalsProblem;
    std::vector<ChainLink> m_chain;
    std::string m_dataProblem;
    std::set<std::filesystem::path> m_agreed;
    std::optional<Consent> m_consent;
    std::shared_ptr<const CheckReport> m_checkReport;
    std::shared_ptr<const CountDifferences> m_countDifferences;
    QDateTime m_checkedAt;
    QString m_checkProblem;
    bool m_checkCancelled = false;
    Selection m_selection;
    QList<JobRunner*> m_runners;
    JobRunner* m_loader;
    JobRunner* m_totals;
    JobRunner* m_chainReader;
    JobRunner* m_checker;
    JobRunner* m_useReader;
    QTimer m_useTimer;
};

} // namespace platter::app
