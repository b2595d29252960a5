// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/MapExport.h"
#include "app/jobs/JobRunner.h"

#include <QObject>
#include <QString>

#include <filesystem>
#include <functional>

class QMenu;
class QWidget;

namespace platter::app {

class ImageDocument;

/// Writes what a map shows to files, on a worker, and lists it.
class MapExporter final : public QObject {
    Q_OBJECT

public:
    /// What is shown now; nothing: no image.
    struct Shown {
        MapExtract extract;
        ClusterMapLook look;
    };
    using Ask = std::function<std::optional<Shown>()>;

    MapExporter(ImageDocument& document, Ask ask, QWidget* window);

    void fill(QMenu& menu);
    void savePicture(const std::filesystem::path& path);
    void saveTable(const std::filesystem::path& path);
    void showTable();

signals:
    void saved(const QString& path);
    void failed(const QString& why);
    void cellActivated(quint64 from, quint64 length); ///< in the table

private:
    enum class What { Picture, Table };
    void ask(What what);
    void save(What what, const std::filesystem::path& path);

    ImageDocument& m_document;
    Ask m_ask;
    QWidget* m_window;
    JobRunner* m_runner;
};

} // namespace platter::app
