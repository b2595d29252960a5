// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ChainReading.h"
#include "app/document/FileWatcher.h"
#include "app/document/HostBrush.h"
#include "app/document/ImageChecking.h"
#include "app/document/ImageReading.h"
#include "app/document/PageId.h"
#include "core/formats/CheckReport.h"
#include "core/formats/HostLabels.h"
#include "core/operations/HostTotals.h"

#include <QDateTime>
#include <QList>
#include <QObject>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace platter::app {

class ImageRepair;

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

/// What a check in an earlier session said.
struct PastCheck {
    QDateTime at;
    std::uint64_t corruptions = 0;
    std::uint64_t leaks = 0;
    std::uint64_t errors = 0; ///< parts that could not be examined
    bool fileChangedSince = true;
};

/// Something that happened to a file of the image since it was read.
struct FileNews {
    QString name; ///< safe to show
    bool isImage = false; ///< the image itself, not a file that it rests on
    FileLook look;
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
    /// What is read of an image beside what opening needs.
    enum class Reading {
        Everything, ///< also what each part of the file is used for
        NamedFilesOnly, ///< the chain alone: for an image that is not looked into
    };
    explicit ImageDocument(QObject* parent = nullptr, Reading reading = Reading::Everything);
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
    bool isFollowingChain() const; ///< chain() is not complete yet
    /// The files that may be opened because the user has agreed, as resolveName() gives them.
    const std::set<std::filesystem::path>& agreedFiles() const { return m_agreement.agreed; }
    /// The image with all that it rests on, for a VirtualDisk. Nothing while a link is not opened.
    std::optional<BackingChain> openedChain() const;

    /// When everything but the check was read.
    QDateTime readAt() const { return m_readAt; }
    /// What happened to the image and the files below it since then; empty: what is shown holds, as
    /// far as the last look can tell. The image itself comes first.
    const std::vector<FileNews>& news() const { return m_news; }
    bool isStale() const { return !m_news.empty(); }
    /// Why reading again failed, while what was read before is still shown; empty: it did not.
    const QString& reloadProblem() const { return m_reloadProblem; }
    /// Whether another program may be writing the image, or a file below it, now.
    bool mayChange() const;
    /// Who uses the external data file; nobody unless it is attached.
    const FileUse& dataFileUse() const { return m_dataFileUse; }
    /// The image was unlocked and read again, and the key given before does not open it any more.
    bool isKeyLost() const { return m_keyLost && isLocked(); }

    /// The images above link `index` of chain(), this one first.
    std::vector<OpenedImage> layersAbove(std::size_t index) const;

    const std::shared_ptr<const CheckReport>& checkReport() const { return m_checkReport; }
    /// nullptr without a report.
    const std::shared_ptr<const CountDifferences>& countDifferences() const
    {
        return m_countDifferences;
    }
    QDateTime checkedAt() const { return m_checkedAt; }
    bool changedSinceCheck() const; ///< the report is about a state that is no more
    bool changedDuringCheck() const { return m_checkMixed; } ///< written while it was read
    const QString& checkProblem() const { return m_checkProblem; } ///< the check failed: why
    bool isCheckCancelled() const { return m_checkCancelled; }
    bool canCheck() const;
    /// Nothing: none is known, or a check of the opened image says more.
    const std::optional<PastCheck>& pastCheck() const { return m_pastCheck; }
    void setPastCheck(const PastCheck& check);
    /// The time of change of what was opened, in nanoseconds since 1970.
    qint64 fileChangedAt() const { return m_opened.stamp.contentChanged; }

    const Selection& selection() const { return m_selection; }

    /// What each byte of the file belongs to, collected at the first question, which a worker asks;
    /// nullptr without an image.
    const std::shared_ptr<const HostLabels>& labels() const { return m_labels; }

    /// The clusters that were picked on the page Refcounts; empty: none were.
    const HostBrush& brush() const { return m_brush; }

    /// Runners whose work the status bar shows and can cancel; pages add theirs.
    void addRunner(JobRunner* runner);
    const QList<JobRunner*>& runners() const { return m_runners; }
    bool isBusy() const; ///< whether any of them runs
    ImageRepair& repair() const { return *m_repair; }
    JobRunner* loader() const { return m_loader; }
    JobRunner* checker() const { return m_checker; }

public slots:
    /// Opens a file by its signature; an unknown one leads to State::Unknown.
    void open(const std::filesystem::path& path);
    /// Opens a file as the format with this id, whatever its signature says.
    void openAs(const std::filesystem::path& path, const std::string& formatId);
    /// Reads everything again from the disk; what is shown stays until that is done. An unlocked
    /// image stays so by the key that is in memory, unless that has changed.
    void reload();
    /// Opens the image again with a passphrase, which is not kept. unlocked() or unlockFailed()
    /// follows.
    void unlock(const QByteArray& passphrase);

    /// Opens the links that need consent now. Holds until another image is opened.
    void agreeToChain(platter::app::ImageDocument::Consent consent);

    /// Looks at a file in place of the one that link `index` of chain() names, until another image
    /// is opened. Writes nothing. Choosing the file is the consent to open it.
    void useInstead(std::size_t index, const std::filesystem::path& path);
    /// Goes back to what the images name.
    void forgetStandIns();
    bool hasStandIns() const
    {
        return !m_agreement.standIns.empty() || m_agreement.dataStandIn.has_value();
    }

    /// Checks the image as it is now: if it has changed, it is read again first.
    void startCheck();
    /// Reads the image again, then checks it: something has just been written by Platter itself.
    void readAndCheck();
    void cancelCheck();
    /// Looks now whether files have changed; news follow.
    void lookNow();
    void select(const platter::app::Selection& selection);
    /// Picks clusters for all pages, until the image is read again.
    void setBrush(const platter::app::HostBrush& brush);
    void clearBrush();
    /// Selects and asks the window to show the page.
    void reveal(platter::app::PageId page, const platter::app::Selection& selection);

signals:
    void stateChanged(platter::app::ImageDocument::State state);
    void imageChanged(); ///< another image, or none: whatever was shown is stale
    void hostTotalsChanged();
    void chainChanged();
    void checkChanged(); ///< started, ended or reset
    void useChanged(); ///< another program took or left the image
    void newsChanged(); ///< news(), reloadProblem() or readAt()
    void unlocked();
    void unlockFailed(const platter::app::ErrorText& error);
    void selectionChanged(const platter::app::Selection& selection);
    void brushChanged();
    void pageRequested(platter::app::PageId page); ///< somebody wants it in view
    void runnerAdded(platter::app::JobRunner* runner);

private:
    void open(const std::filesystem::path& path, const std::optional<std::string>& format);
    OpenOptions lookOptions() const;
    void startLoading();
    void accept(ReadImage loaded);
    void setState(State state);
    void forget();
    void forgetCheck();
    void startTotals();
    void startChain();
    void runCheck();
    void watchFiles();
    void takeLooks(const std::vector<FileWatcher::Look>& looks);
    void reloadWhenStill(const std::vector<FileWatcher::Look>& looks);
    Selection stillThere(Selection selection) const;

    Reading m_reading;
    std::filesystem::path m_path;
    std::optional<std::string> m_format; ///< stated by the user
    State m_state = State::Empty;
    ErrorText m_error;
    std::vector<std::byte> m_firstBytes;
    OpenedImage m_opened;
    ImageFacts m_facts;
    QDateTime m_readAt;
    std::optional<HostTotals> m_hostTotals;
    QString m_hostTotalsProblem;
    std::vector<ChainLink> m_chain;
    std::string m_dataProblem;
    DiskFile::Stamp m_dataFileState; ///< of the external data file, when it was attached
    FileUse m_dataFileUse;
    bool m_keyLost = false;
    ChainAgreement m_agreement;
    std::shared_ptr<const CheckReport> m_checkReport;
    std::shared_ptr<const CountDifferences> m_countDifferences;
    QDateTime m_checkedAt;
    DiskFile::Stamp m_checkedState; ///< of the file that was checked
    bool m_checkMixed = false;
    bool m_checkAfterLoading = false;
    QString m_checkProblem;
    bool m_checkCancelled = false;
    std::optional<PastCheck> m_pastCheck;
    std::vector<FileNews> m_news;
    QString m_reloadProblem;
    DiskFile::Stamp m_lastSeen; ///< of the image file
    DiskFile::Stamp m_failedState; ///< of the image file, when it could not be read again
    std::vector<DiskFile::Stamp> m_lastLook; ///< of all files; empty: none since they were read
    Selection m_selection;
    std::shared_ptr<const HostLabels> m_labels;
    HostBrush m_brush;
    QList<JobRunner*> m_runners;
    JobRunner* m_loader;
    JobRunner* m_totals;
    JobRunner* m_chainReader;
    JobRunner* m_checker;
    FileWatcher* m_watcher;
    ImageRepair* m_repair;
};

} // namespace platter::app
