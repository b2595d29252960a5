// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ConversionDraft.h"
#include "app/document/ConversionForecast.h"
#include "app/document/ImageDocument.h"
#include "app/document/TargetNames.h"
#include "app/jobs/ConversionOrder.h"

#include <QTimer>

#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace platter::app {

/// The images that a window is to convert together: where each goes, what keeps it from being
/// converted, what it will need. Writes nothing.
///
/// All functions belong to the GUI thread and return at once; reading happens on workers.
class ConversionList final : public QObject {
    Q_OBJECT

public:
    static constexpr int mostRows = 100;

    struct Row {
        quint64 id = 0; ///< of this row alone
        std::filesystem::path source; ///< absolute
        ImageDocument* document = nullptr; ///< Empty until its turn to be opened comes
        bool isWindows = false; ///< the image that the window shows
        std::filesystem::path chosen; ///< name of the new image by the user; empty: proposed
        bool mayReplace = false; ///< the user agreed to replace what has the name
        bool mayBeInUse = false; ///< the user wants it although a machine may write it
        TargetLook target; ///< its path is empty until the first look
        /// What the new image will need and lose; nothing: not known yet.
        std::optional<ConversionForecast> forecast;
    };

    explicit ConversionList(ImageDocument& document, QObject* parent = nullptr);
    ~ConversionList() override;

    const std::vector<Row>& rows() const { return m_rows; }
    bool hasWindowsImage() const;
    /// Whether nobody has put anything into the list.
    bool isUntouched() const;

    /// Adds images that are not in the list yet. @returns how many there was no room for
    int add(const QStringList& paths);
    /// Only these: what was in the list by itself goes.
    int addInstead(const QStringList& paths);
    void addWindowsImage();
    void takeOut(std::size_t row);
    /// Nothing is read while nobody looks at the list.
    void setActive(bool active);
    /// The image of the window alone, and no chosen name.
    void reset();

    const ConversionChoice& choice() const { return m_choice; }
    void choose(const ConversionChoice& choice);
    /// What the choice comes to for the images in the list.
    const ConversionChoice& effective() const;
    /// Of the rows that can be looked into.
    const std::vector<ConversionSource>& sources() const;

    void setTarget(std::size_t row, const std::filesystem::path& path, bool mayReplace);
    void setFolder(const std::filesystem::path& folder); ///< for all names that are proposed
    const std::filesystem::path& folder() const { return m_folder; } ///< empty: beside each source
    void allowUse(std::size_t row);
    /// Names that will exist before anything of this list is written.
    void setTaken(std::set<std::filesystem::path> taken);

    /// What keeps a row from being converted, as a sentence; empty: nothing.
    QString obstacle(std::size_t row) const;
    /// Whether allowUse() would take it away.
    bool isObstacleUse(std::size_t row) const;
    /// What is to be known of a row before it starts, as sentences.
    QStringList warnings(std::size_t row) const;
    /// Why nothing can start now; empty: it can.
    QString whyNotStart() const;
    bool isForecasting() const { return m_forecaster->isRunning(); }

    /// Whether a new image stays encrypted, so that a passphrase has to be chosen for it.
    bool asksForPassphrase() const;
    /// Everything that is to be converted, in the order of the rows.
    std::vector<ConversionOrder> orders() const;

signals:
    void changed(); ///< anything of it; at most once in a round of events

private:
    void append(const std::filesystem::path& source, ImageDocument* windows);
    void watch(ImageDocument& document);
    void followWindow();
    std::filesystem::path windowsPath() const; ///< absolute; empty without an image
    void openNext();
    void changeLater();
    void refresh();
    void lookAtPlaces();
    void forecastNext();
    bool isReadable(const Row& row) const;
    std::optional<std::size_t> rowOf(quint64 id) const;
    bool mayBeWritten(const Row& row) const;

    ImageDocument& m_document;
    std::vector<Row> m_rows;
    quint64 m_lastId = 0;
    ConversionChoice m_choice;
    std::filesystem::path m_folder;
    std::set<std::filesystem::path> m_taken;
    JobRunner* m_looker;
    JobRunner* m_forecaster;
    bool m_active = false;
    quint64 m_forecastRow = 0; ///< what the forecaster is at
    ConversionChoice m_forecastChoice;
    std::vector<TargetWish> m_looked; ///< what the looker was asked last
    std::string m_lookedFormat;
    std::set<std::filesystem::path> m_lookedTaken;
    // Asked for by every row; forgotten with every change.
    mutable std::optional<std::vector<ConversionSource>> m_sources;
    mutable std::optional<ConversionChoice> m_effective;
    QTimer m_later;
};

} // namespace platter::app
