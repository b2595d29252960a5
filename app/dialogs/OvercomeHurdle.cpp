// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/OvercomeHurdle.h"

#include "app/dialogs/ConsentDialog.h"
#include "app/dialogs/PassphraseDialog.h"
#include "app/document/Hurdle.h"

namespace platter::app {

void overcomeHurdle(ImageDocument& document, QWidget& parent)
{
    switch (hurdleOf(document)) {
    case Hurdle::None:
    case Hurdle::Reading:
    case Hurdle::ChainIncomplete: return;
    case Hurdle::NoSignature: document.openAs(document.path(), "raw"); return;
    case Hurdle::Unreadable: document.reload(); return;
    case Hurdle::Locked: {
        auto* dialog = new PassphraseDialog(document, &parent);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        // The image may be taken out of a list while its passphrase is asked for.
        QObject::connect(&document, &QObject::destroyed, dialog, &QDialog::reject);
        dialog->open();
        return;
    }
    case Hurdle::NeedsConsent: {
        auto* dialog = new ConsentDialog(document, &parent);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        QObject::connect(dialog, &QDialog::accepted, &document,
            [dialog, &document] { document.agreeToChain(dialog->consent()); });
        QObject::connect(&document, &QObject::destroyed, dialog, &QDialog::reject);
        dialog->open();
        return;
    }
    }
}

} // namespace platter::app
