// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/KeysDialog.h"

#include "app/models/KeysModel.h"
#include "app/window/ActionSet.h"
#include "app/window/Look.h"
#include "app/window/PageHelp.h"
#include "app/window/PageSpec.h"
#include "app/window/PlainTable.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QVBoxLayout>

namespace platter::app {

namespace {

    QString titleOf(PageId page)
    {
        for (const PageSpec& spec : pageSpecs()) {
            if (spec.id == page)
                return spec.title();
        }
        return {};
    }

} // namespace

KeysDialog::KeysDialog(const ActionSet& actions, std::optional<PageId> page, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keys and help"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(hugeGap, wideGap, hugeGap, wideGap);
    column->setSpacing(gap);
    std::vector<KeysModel::Row> rows;
    if (page) {
        column->addWidget(new TextLabel(TextLabel::Rank::Heading, titleOf(*page)));
        auto* help = new TextLabel(TextLabel::Rank::Body, pageHelp(*page));
        help->setWordWrap(true);
        column->addWidget(help);
        column->addSpacing(gap);
        for (const auto& [key, text] : pageKeys(*page))
            rows.push_back({{}, text, {}, key});
    }
    for (const ActionSet::Entry& entry : actions.entries()) {
        if (!entry.action->shortcuts().isEmpty())
            rows.push_back({entry.spec.id, plainText(*entry.action), entry.spec.keys});
    }
    auto* model = new KeysModel(this);
    model->setRows(std::move(rows));
    auto* table = new PlainTable(PlainTable::Height::FillsPage);
    table->setModel(model);
    table->setAccessibleName(tr("Keys"));
    column->addWidget(new TextLabel(TextLabel::Rank::Heading, tr("Keys")));
    column->addWidget(table, 1);
    auto* hint = new TextLabel(
        TextLabel::Rank::Second, tr("All keys of actions can be changed in the settings."));
    hint->setWordWrap(true);
    column->addWidget(hint);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    fitButtons(*buttons);
    column->addWidget(buttons);
    resize(560, 560);
    fitToText(*this);
}

} // namespace platter::app
