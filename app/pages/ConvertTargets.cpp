// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/pages/ConvertTargets.h"

#include "app/models/ConversionModel.h"
#include "app/text/CoreText.h"
#include "app/window/ActionButton.h"
#include "app/window/FlowLayout.h"
#include "app/window/Look.h"
#include "app/window/PlainTable.h"
#include "app/window/RecentImages.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace platter::app {

namespace {

    constexpr int controlHeight = 32;
    constexpr int fewRows = 3;
    constexpr int manyRows = 8;

} // namespace

ConvertTargets::ConvertTargets(ConversionList& list, ImageDocument& document, QWidget* parent)
    : QWidget(parent)
    , m_list(list)
    , m_document(document)
    , m_model(new ConversionModel(list, this))
    , m_one(new QWidget)
    , m_path(new QLineEdit)
    , m_several(new QWidget)
    , m_table(new PlainTable(PlainTable::Height::FillsPage))
    , m_name(new ActionButton(tr("Choose name…")))
    , m_remove(new ActionButton(tr("Take out of the list")))
    , m_own(new ActionButton)
    , m_free(new TextLabel(TextLabel::Rank::Second))
{
    m_path->setAccessibleName(tr("New file"));
    m_path->setMinimumHeight(controlHeight);
    m_path->setTextMargins(smallGap, 0, smallGap, 0);
    auto* choose = new ActionButton(tr("Choose…"));
    choose->setAccessibleName(tr("Choose the new file…"));
    auto* field = new QHBoxLayout(m_one);
    field->setContentsMargins(0, 0, 0, 0);
    field->setSpacing(gap);
    field->addWidget(m_path, 1);
    field->addWidget(choose);

    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Images to convert"));
    m_table->setObjectName(QStringLiteral("conversions"));
    auto* folder = new ActionButton(tr("Folder for all…"));
    auto* acts = new FlowLayout;
    for (ActionButton* button : {m_name, folder, m_remove})
        acts->addWidget(button);
    auto* several = new QVBoxLayout(m_several);
    several->setContentsMargins(0, 0, 0, 0);
    several->setSpacing(gap);
    several->addWidget(m_table);
    several->addLayout(acts);

    auto* more = new ActionButton(tr("Add images…"));
    more->setLook(ActionButton::Look::Link);
    m_own->setLook(ActionButton::Look::Link);
    m_free->setWordWrap(true);
    auto* below = new FlowLayout;
    below->setContentsMargins(-gap, 0, 0, 0); // the words of links stand where others begin
    below->addWidget(more);
    below->addWidget(m_own);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(smallGap);
    column->addWidget(m_one);
    column->addWidget(m_several);
    column->addWidget(m_free);
    column->addLayout(below);

    connect(m_path, &QLineEdit::textEdited, this, &ConvertTargets::takeTyped);
    connect(m_path, &QLineEdit::editingFinished, this, &ConvertTargets::refresh);
    // A window that is destroyed takes the focus from the field when its document is gone already.
    connect(&document, &QObject::destroyed, this, [this] { m_path->disconnect(this); });
    connect(choose, &ActionButton::clicked, this, &ConvertTargets::chooseName);
    connect(m_name, &ActionButton::clicked, this, &ConvertTargets::chooseName);
    connect(m_table, &PlainTable::activated, this, &ConvertTargets::chooseName);
    connect(folder, &ActionButton::clicked, this, &ConvertTargets::chooseFolder);
    connect(more, &ActionButton::clicked, this, &ConvertTargets::chooseImages);
    connect(m_own, &ActionButton::clicked, &list, &ConversionList::addWindowsImage);
    connect(m_remove, &ActionButton::clicked, this, [this] {
        if (const auto row = current())
            m_list.takeOut(*row);
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
        &ConvertTargets::currentChanged);
    connect(&list, &ConversionList::changed, this, &ConvertTargets::refresh);
    refresh();
}

std::optional<std::size_t> ConvertTargets::current() const
{
    const std::size_t count = m_list.rows().size();
    if (count == 0)
        return std::nullopt;
    const int row = m_table->currentIndex().row();
    return count == 1 || row < 0 ? 0 : std::min(static_cast<std::size_t>(row), count - 1);
}

void ConvertTargets::refresh()
{
    const auto& rows = m_list.rows();
    m_one->setVisible(rows.size() == 1);
    m_several->setVisible(rows.size() > 1);
    m_own->setText(tr("Add %1").arg(m_document.name()));
    m_own->setAccessibleName(m_own->text());
    m_own->setVisible(!m_list.hasWindowsImage());
    if (rows.size() == 1) {
        // What is being typed stays as it is typed.
        const QString path = toQtPath(rows.front().target.path);
        if (!m_path->hasFocus() && !path.isEmpty() && m_path->text() != path)
            m_path->setText(path);
    }
    if (rows.size() > 1) {
        m_table->showRows(std::clamp(static_cast<int>(rows.size()), fewRows, manyRows));
        m_table->setMaximumHeight(m_table->minimumHeight());
        if (!m_table->currentIndex().isValid()) {
            // The first that needs something is the one to read about.
            std::size_t first = 0;
            for (std::size_t i = rows.size(); i-- > 0;) {
                if (!m_list.obstacle(i).isEmpty())
                    first = i;
            }
            m_table->setCurrentIndex(m_model->index(static_cast<int>(first), 0));
        }
    }
    // Places of one file system tell the same.
    std::set<std::uint64_t> free;
    for (const ConversionList::Row& row : rows) {
        if (row.target.free)
            free.insert(row.target.free->value);
    }
    m_free->setVisible(!rows.empty());
    m_free->setText(free.size() == 1 ? tr("%1 are free there.").arg(shownSize(Bytes{*free.begin()}))
            : free.size() > 1
            ? tr("At least %1 are free there.").arg(shownSize(Bytes{*free.begin()}))
            : tr("The free space is not known."));
}

void ConvertTargets::takeTyped()
{
    const std::filesystem::path typed = fromQtPath(m_path->text());
    const auto row = current();
    if (!row)
        return;
    // A name alone is meant beside the source; without a name there is nothing to look at.
    const std::filesystem::path whole = typed.is_absolute() || typed.empty()
        ? typed
        : m_list.rows()[*row].source.parent_path() / typed;
    m_list.setTarget(*row, whole, false);
}

void ConvertTargets::chooseName()
{
    const auto row = current();
    if (!row)
        return;
    const ConversionList::Row& shown = m_list.rows()[*row];
    auto* dialog = new QFileDialog(this,
        tr("New file for %1").arg(shownPath(shown.source.filename())), toQtPath(shown.target.path));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave); // asks before it takes the name of a file
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->setDefaultSuffix(QString::fromStdString(suffixOf(m_list.choice().format)).mid(1));
    connect(dialog, &QFileDialog::fileSelected, this, [this, id = shown.id](const QString& path) {
        for (std::size_t i = 0; i < m_list.rows().size(); ++i) {
            if (m_list.rows()[i].id == id)
                m_list.setTarget(i, fromQtPath(path), true);
        }
        m_path->setText(path);
    });
    dialog->open();
}

void ConvertTargets::chooseFolder()
{
    auto* dialog = new QFileDialog(this, tr("Folder for the new files"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    if (const auto row = current())
        dialog->setDirectory(toQtPath(m_list.rows()[*row].target.path.parent_path()));
    connect(dialog, &QFileDialog::fileSelected, this,
        [this](const QString& path) { m_list.setFolder(fromQtPath(path)); });
    dialog->open();
}

void ConvertTargets::chooseImages()
{
    auto* dialog = new QFileDialog(this, tr("Add disk images"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    dialog->setDirectory(toQtPath(m_document.path().parent_path()));
    connect(dialog, &QFileDialog::filesSelected, this,
        [this](const QStringList& paths) { m_list.add(paths); });
    dialog->open();
}

} // namespace platter::app
