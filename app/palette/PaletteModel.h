// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/Address.h"
#include "app/document/ImageDocument.h"
#include "app/document/PageId.h"

#include <QAbstractListModel>
#include <QString>
#include <QStringList>

#include <memory>
#include <vector>

namespace platter::app {

class ActionSet;

/// One name inside the image that the palette can go to.
struct PaletteName {
    enum class Kind { Field, Snapshot, Bitmap, Finding };
    Kind kind = Kind::Field;
    std::size_t index = 0; ///< into the image's or the report's list; of a field: its structure
    std::size_t field = 0; ///< within its structure
    QString text; ///< safe to show
    QString folded; ///< of `text`, what is searched
};
using PaletteNames = std::vector<PaletteName>;

/// Every name inside an image and the fields of some structures, for searching. Long: called on a
/// worker.
PaletteNames collectNames(const Image& image, const std::vector<StructureMark>& structures,
    const CheckReport* report, const JobControl& job);

/// What the palette offers for the words typed: actions, also those that cannot be done now and
/// why, an address, and names inside the image; best first, what was used lately first of all.
class PaletteModel final : public QAbstractListModel {
    Q_OBJECT

public:
    enum class Scope {
        Everything,
        Places, ///< no actions: Go to
    };
    enum Role { DetailRole = Qt::UserRole, KeyRole, ReasonRole, IconRole };
    static constexpr std::size_t mostRows = 200;

    PaletteModel(ImageDocument& document, const ActionSet& actions, QObject* parent = nullptr);

    void setNames(std::shared_ptr<const PaletteNames> names);
    void setScope(Scope scope);
    void setQuery(const QString& query);
    /// Does what a row offers. @returns whether it could: a row with a reason stays.
    bool run(int row, PageId pageInView);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    struct Row {
        enum class Kind { Action, Address, Name };
        Kind kind = Kind::Action;
        std::size_t index = 0; ///< into the actions or the names
        int score = 0;
    };

    void find();
    void findActions(const QString& folded, std::vector<Row>& rows) const;
    void findNames(const QString& folded, std::vector<Row>& rows);
    QVariant ofAction(const Row& row, int role) const;
    QVariant ofName(const Row& row, int role) const;
    QVariant ofAddress(int role) const;
    Selection placeOf(const PaletteName& name) const;
    QString reasonOf(const Row& row) const;

    ImageDocument& m_document;
    const ActionSet& m_actions;
    std::shared_ptr<const PaletteNames> m_names;
    Scope m_scope = Scope::Everything;
    QString m_query;
    AddressPlace m_address; ///< of the words typed, if there is a row for it
    QStringList m_latest; ///< ids of actions, newest first
    QString m_narrowed; ///< the words that every name of m_fitting fits
    std::vector<std::size_t> m_fitting; ///< into the names; only these are searched for more words
    std::vector<Row> m_rows;
};

} // namespace platter::app
