// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/ImageDocument.h"

#include <QDialog>

class QCheckBox;
class QLineEdit;
class QProgressBar;
class QPushButton;

namespace platter::app {

class TextLabel;

/// Asks for the passphrase of an encrypted image, tries it, and says inline when it opens nothing.
/// Keeps nothing: the field is cleared when the dialog goes.
class PassphraseDialog final : public QDialog {
    Q_OBJECT

public:
    explicit PassphraseDialog(ImageDocument& document, QWidget* parent = nullptr);
    ~PassphraseDialog() override;

private:
    void tryIt();
    void fitHeight();
    void askAgain(const QString& words);

    ImageDocument& m_document;
    QLineEdit* m_field;
    QCheckBox* m_show;
    TextLabel* m_message;
    QProgressBar* m_bar;
    QPushButton* m_unlock;
};

} // namespace platter::app
