// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/crypto/SecretBytes.h"

#include <QDialog>

#include <memory>

class QLineEdit;
class QPushButton;

namespace platter::app {

class TextLabel;

/// Asks twice for the passphrase that is to lock new images.
class NewPassphraseDialog final : public QDialog {
    Q_OBJECT

public:
    /// @param images  how many it is for
    explicit NewPassphraseDialog(int images, QWidget* parent = nullptr);
    /// Overwrites what was typed.
    ~NewPassphraseDialog() override;

    std::shared_ptr<const SecretBytes> passphrase() const;

private:
    void judge();

    QLineEdit* m_first;
    QLineEdit* m_again;
    TextLabel* m_problem;
    QPushButton* m_use;
};

} // namespace platter::app
